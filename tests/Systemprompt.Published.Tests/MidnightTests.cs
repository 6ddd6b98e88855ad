namespace Systemprompt.Published.Tests;

/// <summary>Audit tables are partitioned by UTC day. The published file crosses midnight on a clock that is set for it alone.</summary>
[Collection(Alone.Name)]
public sealed class MidnightTests
{
    [Fact]
    public async Task Crossing_a_partition_boundary_under_load_refuses_nothing()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        var midnight = DateTime.UtcNow.Date.AddDays(1);
        await using var host = await PublishedHost.StartAsync(database, new HostOptions { Variables = new Dictionary<string, string>(FakeClock.At(midnight.AddSeconds(-25))) { ["RATE_LIMIT_SCALE"] = "1000000" } });
        var load = new Load(host, await host.TokenAsync());
        await load.AnswersAsync(200);
        (await CountAsync(database, $"opened_at >= '{midnight:O}'")).ShouldBe(0);

        await Condition.HoldsAsync("calls of the next day are answered", TimeSpan.FromSeconds(60), async () => await CountAsync(database, $"opened_at >= '{midnight:O}'") > 200);
        await load.DisposeAsync();

        load.Refused.ShouldBe(0);
        var rows = await database.AuditIdsAsync();
        load.Answered.Where(id => !rows.Contains(id)).ShouldBeEmpty();
        (await CountAsync(database, $"tableoid = 'ai.requests_opened_{midnight.AddDays(-1):yyyyMMdd}'::regclass")).ShouldBeGreaterThan(0);
        (await CountAsync(database, $"tableoid = 'ai.requests_opened_{midnight:yyyyMMdd}'::regclass")).ShouldBeGreaterThan(200);
        (await database.ScalarAsync<long>("select count(*) from ai.requests_opened_default")).ShouldBe(0);
        (await host.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    private static Task<long> CountAsync(TestDatabase database, string condition) => database.ScalarAsync<long>($"select count(*) from ai.requests_opened where {condition}");
}
