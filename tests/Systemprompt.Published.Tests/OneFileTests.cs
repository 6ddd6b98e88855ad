using System.Diagnostics;
using System.Net;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>One file, alone in a folder, on a machine that has no .NET.</summary>
public sealed class OneFileTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const long LargestFile = 56_000_000;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _host = await PublishedHost.StartAsync(_database, new HostOptions { Variables = new Dictionary<string, string> { ["PATH"] = "/nowhere" } });
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public void What_is_published_is_one_file_of_at_most_56_megabytes()
    {
        var file = new FileInfo(Directory.GetFiles(Path.Combine(PublishedFile.Solution, "publish"), "*", SearchOption.AllDirectories).ShouldHaveSingleItem());

        file.FullName.ShouldBe(PublishedFile.Path);
        file.Length.ShouldBeLessThanOrEqualTo(LargestFile);
    }

    [Fact]
    public async Task It_serves_a_governed_priced_audited_call_from_an_empty_folder()
    {
        Directory.GetFiles(_host.Folder).ShouldBe([_host.File]);
        using var alice = await _host.ClientForAsync("alice");

        using var answer = await PublishedHost.AskAsync(alice);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("pineapple");
        (await _database.ScalarAsync<long>($"select cost_microdollars from ai.requests where id = '{GatewayFixture.AuditId(answer)}' and status = 'completed'")).ShouldBePositive();
    }

    [Fact]
    public async Task It_has_no_child_process_and_maps_only_itself_and_the_systems_libraries()
    {
        using var alice = await _host.ClientForAsync("alice");
        using var answer = await PublishedHost.AskAsync(alice);
        using var page = await _host.Client.GetAsync("");

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        ChildProcesses.Of(_host.ProcessId).ShouldBeEmpty();
        foreach (var path in ChildProcesses.Mapped(_host.ProcessId).Where(path => path.Contains(".so", StringComparison.Ordinal) || path.Contains(".dll", StringComparison.Ordinal)))
            path.ShouldMatch("^(/usr)?/lib(64)?/", "a library that does not belong to the system");
    }

    [Fact]
    public async Task Web_tier_templates_marketplace_and_mail_are_inside()
    {
        var page = await _host.Client.GetStringAsync("");
        page.ShouldContain("<h2>Status</h2>");
        (await _host.Client.GetStringAsync("marketplace.json")).ShouldContain("\"governed\"");
        (await _host.RunAsync("email", "test", "--to", "alice@example.com", "--json")).Succeeded();
        var ids = (await _host.RunAsync("extensions", "list", "--json")).Succeeded().Json().EnumerateArray().Select(extension => extension.GetProperty("id").GetString()).ToList();
        ids.ShouldContain("web");
        ids.ShouldContain("marketplace");
        ids.ShouldContain("email");
    }

    [Fact]
    public async Task The_file_says_its_version_without_a_profile_and_without_a_database()
    {
        var from = Stopwatch.GetTimestamp();
        var run = (await _host.RunWithAsync(new Dictionary<string, string> { ["SYSTEMPROMPT_PROFILE"] = "", ["DATABASE_URL"] = "", ["JWT_SECRET"] = "" }, "version", "--json")).Succeeded();

        output.WriteLine($"version took {Stopwatch.GetElapsedTime(from).TotalMilliseconds:0} ms; the file has {new FileInfo(_host.File).Length:N0} bytes");
        run.Json().GetProperty("name").GetString().ShouldBe("myco");
    }
}
