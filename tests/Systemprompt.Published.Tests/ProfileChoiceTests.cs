namespace Systemprompt.Published.Tests;

/// <summary>Which profile a call takes, and what it says of one that it cannot take.</summary>
public sealed class ProfileChoiceTests : IAsyncLifetime
{
    /// <summary>Where <see cref="TestProfile.More"/> begins.</summary>
    private const int AddedLine = 19;

    private PublishedHost _host = null!;

    public Task InitializeAsync()
    {
        _host = PublishedHost.Create("postgres://nobody@127.0.0.1:1/none");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Without_a_folder_the_embedded_profiles_are_used_and_a_folder_beside_it_overrides()
    {
        (await TenantAsync()).ShouldBe(("myco", "embedded:profiles/production/profile.yaml"));

        _host.WriteProfile("production", new TestProfile { Tenant = "overridden" }.ToString());
        (await TenantAsync()).ShouldBe(("overridden", "profiles/production/profile.yaml"));
    }

    [Fact]
    public async Task The_option_overrides_the_variable_and_takes_a_path_too()
    {
        _host.WriteProfile("other", new TestProfile { Tenant = "other" }.ToString());

        (await TenantAsync("--profile", "other")).Tenant.ShouldBe("other");
        (await TenantAsync("--profile", "profiles/other/profile.yaml")).Tenant.ShouldBe("other");
    }

    [Fact]
    public async Task An_unknown_profile_is_refused_with_those_there_are()
    {
        var run = await _host.RunAsync("--profile", "stagin", "services", "start");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("there is no profile 'stagin'; there is local, production, tenant-example");
    }

    [Fact]
    public async Task No_profile_at_all_names_the_variable()
    {
        var run = await _host.RunWithAsync(new Dictionary<string, string> { ["SYSTEMPROMPT_PROFILE"] = "" }, "services", "start");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("set SYSTEMPROMPT_PROFILE or pass --profile NAME");
    }

    [Theory]
    [InlineData("nonsense: 1", 1, "unknown key 'nonsense'")]
    [InlineData("loging: { level: info }", 1, "unknown key 'loging', did you mean 'logging'?")]
    [InlineData("audit: { comit_timeout: 1s }", 10, "unknown key 'comit_timeout', did you mean 'commit_timeout'?")]
    [InlineData("audit: { lanes: many }", 17, "audit.lanes: 'many' is not")]
    [InlineData("audit: { lanes: 9 }", 17, "audit.lanes: 9 is out of range; it is 1 to 4")]
    [InlineData("audit: { lease: 11m }", 10, "audit.lease: must be from 2s to 10m")]
    [InlineData("audit: { commit_timeout: \"${NOT_THERE}\" }", 26, "variable NOT_THERE is not set; set it, or NOT_THERE_FILE")]
    [InlineData("tenant: twice", 1, "'tenant'")]
    public async Task A_fault_is_named_with_its_place_and_the_server_does_not_start(string line, int column, string message)
    {
        _host.WriteProfile("faulty", new TestProfile { More = line }.ToString());

        var run = await _host.RunAsync("--profile", "faulty", "services", "start");

        run.ExitCode.ShouldBe(1, run.Output);
        run.Error.ShouldContain($"profiles/faulty/profile.yaml:{AddedLine}:{column}: ");
        run.Error.ShouldContain(message);
        run.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Every_missing_variable_is_named_at_once()
    {
        var run = await _host.RunWithAsync(new Dictionary<string, string> { ["DATABASE_URL"] = "", ["JWT_SECRET"] = "", ["ECHO_MODEL"] = "perhaps" }, "services", "start");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("variable DATABASE_URL is not set; set it, or DATABASE_URL_FILE");
        run.Error.ShouldContain("variable JWT_SECRET is not set; set it, or JWT_SECRET_FILE");
        run.Error.ShouldContain("(from ECHO_MODEL)");
    }

    [Fact]
    public async Task A_secret_in_the_profile_is_refused_and_not_repeated()
    {
        _host.WriteProfile("leaky", new TestProfile().ToString().Replace("${JWT_SECRET}", "written-down-in-the-profile-itself", StringComparison.Ordinal));

        var run = await _host.RunAsync("--profile", "leaky", "services", "start");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("a secret never stands in a profile");
        run.Error.ShouldNotContain("written-down");
    }

    [Fact]
    public async Task A_command_needs_only_the_variables_of_what_it_reads()
    {
        var none = new Dictionary<string, string> { ["DATABASE_URL"] = "", ["PORT"] = "" };

        (await _host.RunWithAsync(none, "admin", "token", "create", "--tier", "user", "--sub", "alice")).Succeeded().Output.Trim().Split('.').Length.ShouldBe(3);
    }

    private async Task<(string Tenant, string From)> TenantAsync(params string[] options)
    {
        var run = (await _host.RunAsync([.. options, "admin", "config", "show", "--json"])).Succeeded();
        var row = run.Json().EnumerateArray().Single(row => row.GetProperty("key").GetString() == "tenant");
        return (row.GetProperty("value").GetString()!, row.GetProperty("from").GetString()!);
    }
}
