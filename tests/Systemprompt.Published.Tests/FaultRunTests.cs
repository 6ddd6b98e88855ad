using System.Globalization;
using Systemprompt.AnthropicStub;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>
/// Under load, hosts are killed (kill -9) and so is the database, again and again, and at last the database is away for a while: no answered row is lost, none is there twice, and
/// budgets are exact. <c>eng/fault-run.sh</c> makes the long run of it.
/// </summary>
[Collection(Alone.Name)]
public sealed class FaultRunTests(ITestOutputHelper output)
{
    private static readonly int HostKills = Number("SYSTEMPROMPT_FAULT_HOST_KILLS", 4);
    private static readonly int ServerKills = Number("SYSTEMPROMPT_FAULT_SERVER_KILLS", 1);
    private static readonly int OutageSeconds = Number("SYSTEMPROMPT_FAULT_OUTAGE", 2);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    public static TheoryData<string, int> Runs { get; } = Environment.GetEnvironmentVariable("SYSTEMPROMPT_FAULT_HOST_KILLS") is null
        ? new() { { "refuse", 3 }, { "journal", 1 } }
        : new() { { "refuse", 1 }, { "refuse", 3 }, { "journal", 1 }, { "journal", 3 } };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Whatever_is_killed_no_row_is_lost_or_doubled_and_budgets_are_exact(string mode, int replicas)
    {
        await using var upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });
        await using var database = await TestDatabase.CreateOwnAsync();
        var options = GatewayFixture.Options(upstream) with
        {
            Profile = "faults",
            Profiles = new Dictionary<string, string>
            {
                ["faults"] = new TestProfile
                {
                    More = $$"""
                        audit: { mode: {{mode}}, commit_timeout: 2s }
                        budgets: { lease: 6s, heartbeat: 200ms, idle: 1s, limits: { all: { per: tenant, window: month, tokens: 100000000 } } }
                        """,
                }.ToString(),
            },
        };
        var hosts = new List<PublishedHost>();
        try
        {
            await RunAsync(mode, replicas, database, options, hosts);
        }
        finally
        {
            foreach (var host in hosts) await host.DisposeAsync();
        }
    }

    private async Task RunAsync(string mode, int replicas, TestDatabase database, HostOptions options, List<PublishedHost> hosts)
    {
        for (var at = 0; at < replicas; at++) hosts.Add(await PublishedHost.StartAsync(database, options));
        var token = await hosts[0].TokenAsync();
        var loads = hosts.ConvertAll(host => new Load(host, token, clients: 2));
        for (var round = 0; round < HostKills; round++)
        {
            var (host, load) = (hosts[round % replicas], loads[round % replicas]);
            await load.AnswersAsync(10 + (round * 7 % 30));
            await host.KillAsync();
            await host.StartAsync();
            if ((round + 1) % (HostKills / ServerKills) != 0) continue;
            await load.AnswersAsync(10);
            await database.StopServerAsync("KILL");
            await database.StartServerAsync();
        }

        await loads[0].AnswersAsync(10);
        await database.StopServerAsync("KILL");
        var from = TimeProvider.System.GetTimestamp();
        await Condition.HoldsAsync("the outage lasts", Long, () => Task.FromResult(TimeProvider.System.GetElapsedTime(from).TotalSeconds >= OutageSeconds));
        await database.StartServerAsync();
        foreach (var load in loads) await load.AnswersAsync(20);
        foreach (var load in loads) await load.DisposeAsync();

        await Condition.HoldsAsync("no call is open", Long, async () => await database.ScalarAsync<long>("select count(*) from ai.requests where status = 'open'") == 0);
        await Condition.HoldsAsync("what dead ones held is settled", Long, async () =>
            await database.ScalarAsync<bool>($"select (select count(*) from budgets.replicas) = {replicas} and (select sum(leased) = 0 from budgets.windows)"));
        var rows = await database.ColumnAsync<Guid>("select id from ai.requests_opened union all select id from governance.hook_decisions");
        rows.Count.ShouldBe(rows.Distinct().Count());
        var known = rows.ToHashSet();
        var answered = loads.SelectMany(load => load.Answered).ToList();
        answered.Where(id => !known.Contains(id)).ShouldBeEmpty();
        (await database.ScalarAsync<long>("select count(*) from (select id from ai.requests_settled group by id having count(*) > 1) twice")).ShouldBe(0);
        var usage = (await hosts[0].RunAsync("admin", "budgets", "usage", "all", "--json")).Succeeded().Json().EnumerateArray().ShouldHaveSingleItem();
        var (used, assumed) = (usage.GetProperty("used").GetInt64(), usage.GetProperty("assumed").GetInt64());
        var spent = await database.ScalarAsync<long>("select coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens), 0)::bigint from ai.requests where status <> 'refused'");
        output.WriteLine($"{mode}, {replicas} replicas: {HostKills} kills of a host, {ServerKills} of the database, {OutageSeconds} s without it; {answered.Count} answers, {rows.Count} rows, {loads.Sum(load => load.Refused)} asked in vain; {spent} tokens in the trail, {used} in the budget, {assumed} of them assumed");
        (used - assumed).ShouldBe(spent);
        (await hosts[0].RunAsync("infra", "audit", "verify")).Succeeded();
    }

    private static int Number(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
