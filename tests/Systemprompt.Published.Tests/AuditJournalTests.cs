using System.Text;
using System.Text.Json;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>With <c>audit.mode: journal</c>, calls go on while the database is away, and whatever dies meanwhile, their rows are there once.</summary>
[Collection(Alone.Name)]
public sealed class AuditJournalTests : IAsyncLifetime
{
    private static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(15);
    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        _upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });
        _database = await TestDatabase.CreateOwnAsync();
        _host = await PublishedHost.StartAsync(_database, GatewayFixture.Options(_upstream) with
        {
            Profile = "journal",
            Profiles = new Dictionary<string, string> { ["journal"] = new TestProfile { More = "audit: { mode: journal, commit_timeout: 2s }" }.ToString() },
        });
        _token = await _host.TokenAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Kill_9_in_the_outage_loses_and_doubles_no_row()
    {
        var load = new Load(_host, _token);
        for (var round = 0; round < 2; round++)
        {
            await load.AnswersAsync(60);
            await _database.StopServerAsync("KILL");
            await load.AnswersAsync(150);
            await AuditShouldBeAsync("degraded", "rows wait in the journal");
            if (round == 1) await AFileShouldWaitAsync();
            // A call that was let in during the outage, and whose answer never comes.
            using var client = _host.ClientWith(_token);
            var hanging = GatewayFixture.CallAsync(client, "claude-stub-hang");
            await _upstream.NextAsync();
            await _host.KillAsync();
            await Should.ThrowAsync<HttpRequestException>(() => hanging);
            (await ListAsync()).ShouldAllBe(file => file.GetProperty("state").GetString() == "left");
            await _database.StartServerAsync();
            await _host.StartAsync();
            (await _host.Log.WaitForAsync("\"event\":2044", TimeSpan.FromSeconds(20))).ShouldContain("audit rows of the journal");
        }

        await load.AnswersAsync(60);
        await load.DisposeAsync();
        await Condition.HoldsAsync("no call is open", LongestOpen, async () => await _database.ScalarAsync<long>("select count(*) from ai.requests where status = 'open'") == 0);
        var rows = await _database.ColumnAsync<Guid>("select id from ai.requests_opened union all select id from governance.hook_decisions");
        rows.Count.ShouldBe(rows.Distinct().Count());
        load.Answered.Where(id => !rows.Contains(id)).ShouldBeEmpty();
        load.Answered.Count.ShouldBeGreaterThan(480);
        (await _database.ScalarAsync<long>("select count(*) from ai.requests where status = 'interrupted'")).ShouldBeGreaterThanOrEqualTo(2);
        (await _database.ScalarAsync<long>("select count(*) from ai.requests_settled s where not exists (select from ai.requests_opened o where o.id = s.id)")).ShouldBe(0);
        (await ListAsync()).ShouldBeEmpty();
        (await _host.RunAsync("infra", "audit", "verify")).Succeeded();
        await AuditShouldBeAsync("healthy", "rows are committed");
    }

    [Fact]
    public async Task A_torn_end_is_cut_with_a_line_in_the_log_and_a_stop_in_the_outage_keeps_what_waits()
    {
        using var client = _host.ClientWith(_token);
        await _database.StopServerAsync("KILL");
        var answered = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            using var answer = await PublishedHost.AskAsync(client);
            answer.EnsureSuccessStatusCode();
            answered.Add(Guid.Parse(GatewayFixture.AuditId(answer)));
        }

        (await _host.StopAsync()).ShouldBe(0);
        var file = (await ListAsync()).ShouldHaveSingleItem();
        file.GetProperty("rows").GetInt64().ShouldBe(10);
        await using (var torn = File.OpenWrite(file.GetProperty("file").GetString()!))
        {
            torn.Seek(0, SeekOrigin.End);
            await torn.WriteAsync(new byte[] { 0, 0, 1, 0, 1, 2, 3 });
        }

        await _database.StartServerAsync();
        await _host.StartAsync();

        (await _host.Log.WaitForAsync("\"event\":2045", TimeSpan.FromSeconds(20))).ShouldContain("7 bytes that are no whole record");
        (await _database.ColumnAsync<Guid>("select id from ai.requests where status = 'completed'")).ShouldBe(answered, ignoreOrder: true);
        (await ListAsync()).ShouldBeEmpty();
        (await _host.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task Health_is_degraded_and_no_failure_while_calls_go_on_without_the_database()
    {
        using var client = _host.ClientWith(_token);
        await _database.StopServerAsync();
        (await PublishedHost.AskAsync(client)).EnsureSuccessStatusCode().Dispose();

        JsonElement health = default;
        await Condition.HoldsAsync("health says it", TimeSpan.FromSeconds(10), async () =>
        {
            using var answer = await _host.Client.GetAsync("api/v1/health");
            health = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            return Check("database").GetProperty("status").GetString() != "healthy" && Check("audit").GetProperty("status").GetString() != "healthy";
        });

        health.GetProperty("status").GetString().ShouldBe("degraded");
        Check("database").GetProperty("status").GetString().ShouldBe("degraded");
        Check("database").GetProperty("detail").GetString()!.ShouldEndWith("calls go on without it");
        using var status = await _host.Client.GetAsync("api/v1/health");
        status.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        using var ready = await _host.Client.GetAsync("api/v1/health/ready");
        ready.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        (await _host.RunAsync("services", "health")).Succeeded().Output.Trim().ShouldBe("degraded");

        JsonElement Check(string name) => health.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == name);
    }

    private async Task AFileShouldWaitAsync()
    {
        var file = (await ListAsync()).ShouldHaveSingleItem();
        file.GetProperty("state").GetString().ShouldBe("waiting");
        file.GetProperty("rows").GetInt64().ShouldBePositive();
        var path = file.GetProperty("file").GetString()!;
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var text = await reader.ReadToEndAsync();
        text.ShouldContain("alice");
        text.ShouldNotContain(_token);
        text.ShouldNotContain(GatewayFixture.Key);
    }

    private async Task AuditShouldBeAsync(string status, string detail) =>
        await Condition.HoldsAsync($"audit is {status}", TimeSpan.FromSeconds(10), async () =>
        {
            using var answer = await _host.Client.GetAsync("api/v1/health");
            var check = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "audit");
            return check.GetProperty("status").GetString() == status && check.GetProperty("detail").GetString()!.Contains(detail, StringComparison.Ordinal);
        });

    private async Task<IReadOnlyList<JsonElement>> ListAsync() => [.. JsonElement.Parse((await _host.RunAsync("infra", "audit", "journal", "--json")).Succeeded().Output).EnumerateArray()];
}
