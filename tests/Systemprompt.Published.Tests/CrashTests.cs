using System.Diagnostics;
using System.Net;
using Systemprompt.AnthropicStub;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Whatever dies at whatever moment: what was answered has its row, and no call stays open.</summary>
[Collection(Alone.Name)]
public sealed class CrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(15);
    private StubServer _upstream = null!;

    public async Task InitializeAsync() => _upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Fact]
    public async Task Kill_9_of_the_host_twenty_times_under_load_loses_no_answered_row()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, GatewayFixture.Options(_upstream));
        var token = await host.TokenAsync();
        var load = new Load(host, token);
        for (var round = 0; round < 20; round++)
        {
            await load.AnswersAsync(20 + (round * 7 % 30));
            // The last thing that dies with it: a call whose answer never comes.
            using var client = host.ClientWith(token);
            var hanging = GatewayFixture.CallAsync(client, "claude-stub-hang");
            if (round % 5 == 0) await _upstream.NextAsync();
            await host.KillAsync();
            await Should.ThrowAsync<HttpRequestException>(() => hanging);
            await host.StartAsync();
        }

        await load.DisposeAsync();
        await ShouldHoldAsync(database, load);
        (await database.ScalarAsync<long>("select count(*) from ai.requests where status = 'interrupted'")).ShouldBePositive();
        (await host.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task Kill_of_postgresql_five_times_under_load_loses_no_answered_row()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database, GatewayFixture.Options(_upstream));
        var load = new Load(host, await host.TokenAsync());
        for (var round = 0; round < 5; round++)
        {
            await load.AnswersAsync(100);
            await database.StopServerAsync("QUIT");
            await database.StartServerAsync();
        }

        await load.AnswersAsync(100);
        await load.DisposeAsync();
        await ShouldHoldAsync(database, load);
        (await host.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task A_restarting_neighbour_leaves_the_open_stream_of_a_live_replica_alone()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var live = await PublishedHost.StartAsync(database, GatewayFixture.Options(_upstream));
        await using var neighbour = await PublishedHost.StartAsync(database, GatewayFixture.Options(_upstream));
        using var alice = await live.ClientForAsync("alice");
        using var bob = await neighbour.ClientForAsync("bob");
        // Fourteen events: longer than a lease, so that only a renewed one protects it.
        using var slow = await GatewayFixture.CallAsync(alice, "claude-stub-slow", stream: true, header: ("anthropic-stub-delay", "900"));
        var id = GatewayFixture.AuditId(slow);
        using var lost = await GatewayFixture.CallAsync(bob, "claude-stub-hang-mid", stream: true);
        var lostId = GatewayFixture.AuditId(lost);

        await neighbour.KillAsync();
        await neighbour.StartAsync();
        await Condition.HoldsAsync("the dead neighbour's call is settled", LongestOpen, async () => await database.StatusAsync(lostId) == "interrupted");
        await neighbour.StopAsync();
        (await database.StatusAsync(id)).ShouldBe("open");

        slow.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await slow.Content.ReadAsStringAsync()).ShouldContain("event: message_stop");
        (await database.StatusAsync(id)).ShouldBe("completed");
    }

    private async Task ShouldHoldAsync(TestDatabase database, Load load)
    {
        var from = Stopwatch.GetTimestamp();
        await Condition.HoldsAsync("no call is open", LongestOpen, async () => await database.ScalarAsync<long>("select count(*) from ai.requests where status = 'open'") == 0);
        output.WriteLine($"{load.Answered.Count} answers; none open {Stopwatch.GetElapsedTime(from).TotalSeconds:0.0} s after the last");
        var rows = await database.AuditIdsAsync();
        load.Answered.Where(id => !rows.Contains(id)).ShouldBeEmpty();
    }
}
