using System.Text.Json;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Profiles;

public sealed class ConfigCommandsTests
{
    private const string Key = "0123456789abcdef0123456789abcdef", Url = "postgres://app:hunter2@db/app";

    private static readonly (string, string)[] All = [("JWT_SECRET", Key), ("DATABASE_URL", Url), ("LEVEL", "warning")];

    [Fact]
    public async Task Show_masks_secrets_and_says_where_values_come_from()
    {
        var result = await RunAsync("admin config show --json", All);

        result.Code.ShouldBe(0, result.Error);
        result.Out.ShouldNotContain(Key);
        result.Out.ShouldNotContain("hunter2");
        var rows = JsonElement.Parse(result.Out).EnumerateArray().ToDictionary(row => row.GetProperty("key").GetString()!, row => $"{row.GetProperty("value")} from {row.GetProperty("from")}");
        rows["tenant"].ShouldBe("embedded from embedded:profiles/embedded/profile.yaml");
        rows["security.jwt_secret"].ShouldBe("*** from JWT_SECRET");
        rows["database.url"].ShouldBe("*** from DATABASE_URL");
        rows["database.direct_url"].ShouldBe(" from unset");
        rows["logging.level"].ShouldBe("warning from LEVEL");
        rows["server.port"].ShouldBe("8080 from default");
    }

    [Fact]
    public async Task Show_of_a_section_needs_only_its_variables()
    {
        var result = await RunAsync("admin config show --section logging");
        result.Code.ShouldBe(0, result.Error);
        result.Out.ShouldContain("logging.level");
        result.Out.ShouldNotContain("database");

        var wrong = await RunAsync("admin config show --section loging");
        wrong.Code.ShouldBe(2);
        wrong.Error.ShouldContain("there is no section 'loging'");
    }

    [Fact]
    public async Task A_command_needs_only_the_variables_of_what_it_reads()
    {
        (await RunAsync("gateway providers")).Code.ShouldBe(0);
        (await RunAsync("admin token create --tier user --sub alice", ("JWT_SECRET", Key))).Code.ShouldBe(0);

        var missing = await RunAsync("admin token create --tier user --sub alice");
        missing.Code.ShouldBe(1);
        missing.Out.ShouldBeEmpty();
        missing.Error.Trim().ShouldBe("embedded:profiles/embedded/profile.yaml:7:15: security.jwt_secret: variable JWT_SECRET is not set; set it, or JWT_SECRET_FILE to a file that holds it, or write ${JWT_SECRET:-} to do without");
    }

    [Fact]
    public async Task Validate_is_0_for_a_good_profile_and_1_with_every_fault_for_a_bad_one()
    {
        var good = await RunAsync("admin config validate", All);
        good.Code.ShouldBe(0);
        good.Out.Trim().ShouldBe("embedded:profiles/embedded/profile.yaml: valid");

        var bad = await RunAsync("admin config validate", ("LEVEL", "loud"));
        bad.Code.ShouldBe(1);
        bad.Out.ShouldBeEmpty();
        bad.Error.Trim().Split('\n').Select(line => line.Split(": ")[1]).ShouldBe(["logging.level", "security.jwt_secret", "database.url"]);
    }

    [Fact]
    public async Task Validate_as_json_is_one_document_either_way()
    {
        var good = JsonElement.Parse((await RunAsync("admin config validate --json", All)).Out);
        good.GetProperty("valid").GetBoolean().ShouldBeTrue();
        good.GetProperty("faults").GetArrayLength().ShouldBe(0);

        var bad = await RunAsync("admin config validate --json");
        bad.Code.ShouldBe(1);
        bad.Error.ShouldBeEmpty();
        var fault = JsonElement.Parse(bad.Out).GetProperty("faults")[0];
        fault.GetProperty("line").GetInt32().ShouldBe(7);
        fault.GetProperty("message").GetString()!.ShouldContain("JWT_SECRET");
    }

    [Fact]
    public async Task No_profile_chosen_is_an_error_that_names_those_there_are()
    {
        using var error = new StringWriter();
        (await new CliRunner(Host(), TextWriter.Null, error, _ => null).RunAsync(["admin", "config", "validate"], CancellationToken.None)).ShouldBe(1);
        error.ToString().ShouldContain("set SYSTEMPROMPT_PROFILE or pass --profile NAME; there is embedded");
    }

    [Fact]
    public async Task The_schema_needs_no_profile_and_holds_the_sections_of_this_binary()
    {
        using var output = new StringWriter();
        (await new CliRunner(Host(new SampleExtension("other")), output, TextWriter.Null, _ => null).RunAsync(["admin", "config", "schema"], CancellationToken.None)).ShouldBe(0);

        var schema = JsonElement.Parse(output.ToString());
        schema.GetProperty("properties").GetProperty("other").GetProperty("properties").GetProperty("name").GetProperty("description").GetString().ShouldBe("What it is called.");
        schema.GetProperty("required").EnumerateArray().Select(key => key.GetString()).ShouldBe(["tenant", "other"]);
        schema.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("server", "extensions 'http' and 'sample' both declare the profile section 'server' (SampleSettings)")]
    [InlineData("tenant", "extension 'sample' declares the profile section 'tenant', which is the tenant's key")]
    public async Task A_section_belongs_to_one_extension(string key, string message)
    {
        using var error = new StringWriter();
        (await new CliRunner(Host(new SampleExtension(key)), TextWriter.Null, error, All.ToDictionary(pair => pair.Item1, pair => pair.Item2).GetValueOrDefault)
            .RunAsync(["admin", "config", "validate", "--profile", "embedded"], CancellationToken.None)).ShouldBe(1);
        error.ToString().ShouldContain(message);
    }

    private static HostDefinition Host(params IReadOnlyList<Extension> extensions) => CoreExtensions.With(new HostDefinition(typeof(ConfigCommandsTests).Assembly, extensions));

    private static async Task<(int Code, string Out, string Error)> RunAsync(string line, params (string Name, string Value)[] variables)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var known = variables.Append((Name: "SYSTEMPROMPT_PROFILE", Value: "embedded")).ToDictionary(pair => pair.Name, pair => pair.Value);
        var code = await new CliRunner(Host(), output, error, known.GetValueOrDefault).RunAsync(line.Split(' '), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    [Extension("sample")]
    private sealed class SampleExtension(string key) : Extension
    {
        public override IReadOnlyList<Systemprompt.Profiles.SettingsSection> Settings => [Systemprompt.Profiles.SettingsSection.Of<SampleSettings>(key)];
    }
}
