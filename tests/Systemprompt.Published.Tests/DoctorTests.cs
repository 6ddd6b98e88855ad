using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary><c>doctor</c> of the published file: 0 unless a check fails, and every finding says the remedy.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly Dictionary<string, string> _variables = new() { ["ANTHROPIC_API_KEY"] = "sk-ant-example" };
    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;

    public async Task InitializeAsync()
    {
        _upstream = await StubServer.StartAsync();
        _database = await TestDatabase.CreateAsync();
        _host = PublishedHost.Create(_database.Url);
        _variables["ANTHROPIC_BASE_URL"] = _upstream.Address;
        (await _host.RunAsync("infra", "db", "migrate")).Succeeded();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_sound_environment_passes_and_every_check_says_what_it_saw()
    {
        var (code, findings) = await ExamineAsync();

        code.ShouldBe(0, string.Join('\n', findings));
        findings.Select(finding => finding.Check).Distinct().Order(StringComparer.Ordinal).ShouldBe(
        [
            "ai", "budget lease", "certificate", "clock", "database", "database rights", "disk", "egress", "files", "jobs", "migrations", "open files", "partitions", "postgresql", "postgresql clock", "profile",
            "provider keys", "secrets", "signing key", "telemetry", "time zones", "webhooks",
        ]);
        findings.ShouldAllBe(finding => finding.Detail.Length > 0 && finding.Result != "fail" && finding.Result != "skip");
        var text = (await _host.RunWithAsync(_variables, "doctor")).Succeeded().Output;
        text.ShouldContain("ok    migrations: none pending");
    }

    [Theory]
    [InlineData("DATABASE_URL", "postgres://someone:wrong@127.0.0.1:1/myco", "database", "start PostgreSQL")]
    [InlineData("DATABASE_URL", "postgres://someone@nowhere.invalid/myco", "database", "mend the address")]
    [InlineData("JWT_SECRET", "short", "profile", "mend the profile")]
    [InlineData("JWT_SECRET_PREVIOUS", "the current one", "signing key", "jwt_secret_previous")]
    [InlineData("ANTHROPIC_BASE_URL", "http://127.0.0.1:1", "egress", "mend the address in the profile")]
    [InlineData("ANTHROPIC_BASE_URL", "https://nowhere.invalid", "egress", "name server")]
    [InlineData("STORAGE_PATH", "/proc/self/nothing", "disk", "free space there")]
    public async Task A_wrong_setting_fails_with_its_remedy(string variable, string value, string check, string remedy)
    {
        _variables[variable] = value;
        if (variable == "JWT_SECRET_PREVIOUS") _variables["JWT_SECRET"] = _variables[variable] = HostOptions.NewSecret();

        await ShouldFailAsync(check, remedy);
    }

    [Theory]
    [InlineData("create role {0} login", "database rights", "select database.grant_runtime('{0}')")]
    [InlineData("update database.migrations set checksum = 'another' where extension = 'audit' and number = 1", "migrations", "infra db verify")]
    [InlineData("insert into secrets.secrets (tenant, name, key_id, nonce, sealed, updated_by) values ('myco', 'crm', 'x', '', '', 'test')", "secrets", "secrets.key")]
    [InlineData("alter database {1} set default_transaction_read_only = on", "postgresql", "point database.url at the primary")]
    public async Task A_database_that_is_not_as_it_should_be_fails_with_its_remedy(string sql, string check, string remedy)
    {
        var role = $"r{_database.Name}";
        await _database.ExecuteAsync(string.Format(sql, role, _database.Name));
        try
        {
            if (sql.Contains("role", StringComparison.Ordinal)) _variables["DATABASE_URL"] = _database.Url.Replace("postgres://postgres@", $"postgres://{role}@", StringComparison.Ordinal);
            await ShouldFailAsync(check, string.Format(remedy, role));
        }
        finally
        {
            if (sql.Contains("role", StringComparison.Ordinal)) await _database.ExecuteAsync($"drop role {role}");
        }
    }

    [Fact]
    public async Task A_server_with_bad_settings_and_a_database_that_is_missing_fail_with_their_remedies()
    {
        await using var other = await TestDatabase.CreateOwnAsync("fsync=off", "cluster_name=production", "max_connections=12", "autovacuum=off");
        _variables["DATABASE_URL"] = other.Url;

        var (code, findings) = await ExamineAsync();

        code.ShouldBe(1);
        var said = findings.Where(finding => finding.Check == "postgresql").ToList();
        said.ShouldContain(finding => finding.Result == "fail" && finding.Remedy!.Contains("fsync = on", StringComparison.Ordinal));
        said.ShouldContain(finding => finding.Result == "fail" && finding.Remedy!.Contains("max_connections", StringComparison.Ordinal));
        said.ShouldContain(finding => finding.Result == "warn" && finding.Remedy!.Contains("autovacuum = on", StringComparison.Ordinal));
        findings.ShouldContain(finding => finding.Check == "migrations" && finding.Result == "warn" && finding.Remedy!.Contains("infra db migrate", StringComparison.Ordinal));
        _variables["DATABASE_URL"] = other.Url.Replace(other.Name, "missing", StringComparison.Ordinal);
        await ShouldFailAsync("database", "create the database");
    }

    [Theory]
    [InlineData(-30, -1, "localhost", "fail", "renew the certificate")]
    [InlineData(-30, 5, "localhost", "warn", "renew the certificate")]
    [InlineData(-30, 90, "localhost", "ok", "")]
    [InlineData(-30, 90, "elsewhere", "fail", "give that server a certificate for its name")]
    public async Task A_certificate_is_looked_at_from_outside(int from, int until, string name, string result, string remedy)
    {
        await using var server = new TlsServer(name, from, until);
        await File.WriteAllTextAsync(_variables["SSL_CERT_FILE"] = Path.Combine(_host.Folder, "authority.pem"), server.Authority);
        _variables["ANTHROPIC_BASE_URL"] = server.Address;

        var (code, findings) = await ExamineAsync();

        code.ShouldBe(result == "fail" ? 1 : 0, string.Join('\n', findings));
        var finding = findings.Single(finding => finding.Check == "egress");
        finding.Result.ShouldBe(result, finding.Detail);
        (finding.Remedy ?? "").ShouldContain(remedy);
        _variables.Remove("SSL_CERT_FILE");
        if (result == "ok") await ShouldFailAsync("egress", "SSL_CERT_FILE");
    }

    [Fact]
    public async Task A_clock_that_runs_away_from_the_databases_fails()
    {
        foreach (var (name, value) in FakeClock.At(DateTime.UtcNow.AddMinutes(10))) _variables[name] = value;

        await ShouldFailAsync("postgresql clock", "NTP");
    }

    [RootFact]
    public async Task A_disk_that_is_nearly_full_fails()
    {
        await using var disk = await SmallDisk.MountAsync(40);
        _variables["STORAGE_PATH"] = disk.Folder;

        await ShouldFailAsync("disk", "free space there");
    }

    [Fact]
    public async Task A_collector_that_is_away_or_refuses_fails_and_dead_jobs_are_a_warning()
    {
        await using var collector = await OtlpCollector.StartAsync();
        _host.WriteProfile("told", new TestProfile { More = $"telemetry: {{ otlp: {{ endpoint: \"{collector.Address}\" }} }}" }.ToString());
        _variables["SYSTEMPROMPT_PROFILE"] = "told";
        await _database.ExecuteAsync("insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('myco', 'scheduler.probe', '{}', 'dead', 5, now())");
        var (code, findings) = await ExamineAsync();
        code.ShouldBe(0, string.Join('\n', findings));
        findings.ShouldContain(finding => finding.Check == "jobs" && finding.Result == "warn" && finding.Remedy!.Contains("infra jobs retry", StringComparison.Ordinal));

        collector.Refuses = 401;
        await ShouldFailAsync("telemetry", "telemetry.otlp.headers");
        await collector.DisposeAsync();
        await ShouldFailAsync("telemetry", "mend the address");
    }

    private async Task ShouldFailAsync(string check, string remedy)
    {
        var (code, findings) = await ExamineAsync();
        code.ShouldBe(1, string.Join('\n', findings));
        findings.ShouldContain(finding => finding.Check == check && finding.Result == "fail" && finding.Remedy!.Contains(remedy, StringComparison.Ordinal), string.Join('\n', findings));
    }

    private async Task<(int Code, IReadOnlyList<Finding> Findings)> ExamineAsync()
    {
        var run = await _host.RunWithAsync(_variables, "doctor", "--json");
        run.Error.ShouldNotContain("   at ");
        return (run.ExitCode, [.. run.Json().EnumerateArray().Select(row => new Finding(
            row.GetProperty("check").GetString()!, row.GetProperty("result").GetString()!, row.GetProperty("detail").GetString()!, row.GetProperty("remedy").GetString()))]);
    }

    private sealed record Finding(string Check, string Result, string Detail, string? Remedy);
}
