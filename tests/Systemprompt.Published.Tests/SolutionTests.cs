using System.Text.RegularExpressions;

namespace Systemprompt.Published.Tests;

/// <summary>What the scaffolded solution holds beside its code, as its owner reads it.</summary>
public sealed class SolutionTests
{
    [Fact]
    public async Task The_entry_point_has_at_most_nine_lines_and_calls_once()
    {
        var lines = await LinesAsync("MyCo.Host", "Program.cs");

        lines.Length.ShouldBeLessThanOrEqualTo(9);
        lines.Count(line => line.Contains("SystempromptHost.RunAsync(", StringComparison.Ordinal)).ShouldBe(1);
        Directory.GetFiles(Path.Combine(PublishedFile.Solution, "MyCo.Host"), "*.cs").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task It_was_built_from_this_clone_alone_under_a_free_licence_and_runs_without_a_key()
    {
        (await File.ReadAllLinesAsync(Repository.InRoot("LICENSE")))[0].ShouldBe("MIT License");
        (await File.ReadAllTextAsync(Path.Combine(PublishedFile.Trial, "nuget.config"))).ShouldContain("value=\"feed\"");
        var version = Regex.Match(await TextAsync("Directory.Packages.props"), "<SystempromptVersion>(.+)</SystempromptVersion>").Groups[1].Value;
        File.Exists(Path.Combine(PublishedFile.Trial, "feed", $"Systemprompt.Core.{version}.nupkg")).ShouldBeTrue();

        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions { Profile = "local", Variables = new Dictionary<string, string> { ["JWT_SECRET"] = "", ["ECHO_MODEL"] = "" } });
        using var alice = await host.ClientForAsync("alice");
        using var answer = await PublishedHost.AskAsync(alice);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("pineapple");
    }

    [Fact]
    public async Task Host_web_marketplace_and_email_share_one_core_package_of_one_version()
    {
        foreach (var project in (string[])["MyCo.Host", "MyCo.Web", "MyCo.Marketplace", "MyCo.Email"])
            (await TextAsync(project, $"{project}.csproj")).ShouldContain("<PackageReference Include=\"Systemprompt.");
        var packages = await TextAsync("Directory.Packages.props");
        Regex.Count(packages, "<SystempromptVersion>").ShouldBe(1);
        Regex.Matches(packages, "Include=\"(Systemprompt\\.[^\"]+)\" Version=\"([^\"]+)\"").ShouldAllBe(match => match.Groups[2].Value == "$(SystempromptVersion)");
    }

    [Fact]
    public async Task The_image_is_debian_slim_with_the_pre_built_file_and_a_health_check_every_30_seconds()
    {
        var lines = (await LinesAsync("deploy", "Dockerfile")).Where(line => !line.StartsWith('#')).ToList();
        var text = string.Join('\n', lines);

        lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)).ShouldBe(["FROM debian:bookworm-slim"]);
        text.ShouldContain("libssl3 ca-certificates");
        text.ShouldContain("publish/myco");
        text.ShouldContain("HEALTHCHECK --interval=30s");
        text.ShouldContain("\"services\",\"health\"");
        lines.ShouldContain(line => line.StartsWith("USER ", StringComparison.Ordinal));
        text.ShouldNotContain("dotnet");
    }

    [Fact]
    public async Task Nothing_in_it_is_made_for_one_cloud_or_for_an_orchestrator()
    {
        Directory.GetFiles(Path.Combine(PublishedFile.Solution, "deploy")).Select(Path.GetFileName).Order().ShouldBe(["Dockerfile", "compose.yaml"]);
        (await TextAsync("deploy", "compose.yaml")).ShouldNotMatch("init|sidecar|redis|kafka|pgbouncer");
        (await TextAsync("deploy", "Dockerfile") + await TextAsync("deploy", "compose.yaml")).ShouldNotMatch("(?i)aws|azure|gcp|google|kubernetes|istio|envoy");
    }

    [Fact]
    public async Task A_pipeline_of_its_own_tests_and_publishes_it()
    {
        var pipeline = await TextAsync(".github", "workflows", "ci.yml");

        pipeline.ShouldContain("dotnet test");
        pipeline.ShouldContain("dotnet publish");
    }

    [Fact]
    public async Task Profiles_are_folders_in_git_that_state_security_limits_and_runtime()
    {
        var profiles = Directory.GetDirectories(Path.Combine(PublishedFile.Solution, "profiles"));

        profiles.Select(Path.GetFileName).Order().ShouldBe(["local", "production", "tenant-example"]);
        foreach (var profile in profiles)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(profile, "profile.yaml"));
            foreach (var section in (string[])["tenant:", "server:", "database:", "logging:", "security:", "rate_limits:"]) text.ShouldContain($"\n{section}");
        }

        (await LinesAsync(".gitignore")).ShouldNotContain(line => line.Contains("profile", StringComparison.Ordinal));
    }

    private static Task<string> TextAsync(params string[] path) => File.ReadAllTextAsync(Path.Combine([PublishedFile.Solution, .. path]));

    private static async Task<string[]> LinesAsync(params string[] path) => await File.ReadAllLinesAsync(Path.Combine([PublishedFile.Solution, .. path]));
}
