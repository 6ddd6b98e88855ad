using System.Net;

namespace Systemprompt.Published.Tests;

/// <summary>Several processes on one database: any of them serves any request, and their own pools are pool enough.</summary>
[Collection(Alone.Name)]
public sealed class ReplicaTests
{
    private const int PoolSize = 3;

    [Fact]
    public async Task Any_replica_serves_any_request_and_one_that_stops_is_not_missed()
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = new HostOptions { Variables = new Dictionary<string, string> { ["RATE_LIMIT_SCALE"] = "10000" } };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        var token = await one.TokenAsync();
        using var first = one.ClientWith(token);
        using var second = two.ClientWith(token);

        for (var call = 0; call < 40; call++)
        {
            if (call == 20) await one.StopAsync();
            using var answer = await PublishedHost.AskAsync(call % 2 == 0 && call < 20 ? first : second);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await database.ScalarAsync<long>("select count(*) from ai.requests where status = 'completed'")).ShouldBe(40);
        (await database.ScalarAsync<long>("select count(distinct writer) from ai.requests_opened")).ShouldBe(2);
        (await two.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task Two_hundred_callers_at_once_are_served_over_a_handful_of_connections()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions
        {
            Profile = "small",
            Profiles = new Dictionary<string, string> { ["small"] = new TestProfile { Database = $"pool_size: {PoolSize}" }.ToString() },
        });
        using var alice = await host.ClientForAsync("alice");
        // The server's alone: a command that made the token may still be ending its own.
        var sessions = $"select application_name from pg_stat_activity where datname = '{database.Name}' and application_name ~ '^systemprompt:.*:{host.ProcessId}( |$)'";

        var calls = Enumerable.Range(0, 200).Select(_ => PublishedHost.AskAsync(alice)).ToList();
        IReadOnlyList<string> most = [];
        while (!calls.TrueForAll(call => call.IsCompleted))
            if (await database.ColumnAsync<string>(sessions) is var now && now.Count > most.Count) most = now;

        foreach (var call in calls)
        {
            using var answer = await call;
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // The pool, and the sessions that are not of it: the audit writer's and the one that listens.
        most.Count.ShouldBeInRange(1, PoolSize + 3, string.Join('\n', most));
    }
}
