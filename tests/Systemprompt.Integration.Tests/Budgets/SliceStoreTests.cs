using Systemprompt.Budgets;

namespace Systemprompt.Integration.Tests.Budgets;

/// <summary>What a slice and the table do to each other when messages come late, twice, or not at all.</summary>
public sealed class SliceStoreTests
{
    [Fact]
    public async Task With_the_database_away_calls_go_on_within_what_is_leased_then_they_are_refused_and_afterwards_nothing_is_lost()
    {
        await using var room = await BudgetRoom.OpenAsync(1, ("BUDGET_IDLE", "1h"), ("BUDGET_LEASE", "60s"));
        await room.SetAsync("away", "--per", "tenant", "--window", "day", "--tokens", "10000");
        (await GateTests.ReserveAsync(room.Gates[0], "alice", tokens: 10)).Settle(new BudgetUsage(10, null));
        var leased = await room.TotalAsync("leased + spent", "away");
        await SetConnectionsAsync(room, allowed: false);

        var granted = 10L;
        BudgetRefusal? refusal = null;
        while (refusal is null)
        {
            var reservation = await GateTests.ReserveAsync(room.Gates[0], "alice", tokens: 10);
            refusal = reservation.Refusal;
            if (refusal is not null) break;
            reservation.Settle(new BudgetUsage(10, null));
            granted += 10;
        }

        refusal.Fault.ShouldBe(BudgetFault.Unavailable);
        granted.ShouldBeInRange(leased - 9, leased);
        await SetConnectionsAsync(room, allowed: true);
        await room.Database.UntilAsync($"select spent = {granted} from budgets.windows where budget = 'away'");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await GateTests.ReserveAsync(room.Gates[0], "alice", tokens: 10)).IsGranted) await Task.Delay(10, limit.Token);
    }

    [Fact]
    public async Task A_message_that_comes_twice_counts_once_and_one_that_comes_late_changes_nothing()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        var (store, replica) = (room.Service<SliceStore>(0), new Replica(Guid.NewGuid()));
        await store.RegisterAsync(replica.Id, TimeSpan.FromMinutes(1), default);
        var slice = new Slice(new SliceId("late", BudgetUnit.Tokens, BudgetPeriod.Day, "tenant", BudgetWindow.Of(BudgetPeriod.Day, TimeZoneInfo.Utc, room.Service<SliceKeeper>(0).Now)), replica, 100);

        (await SendAsync(2, spent: 0, keep: 0, need: 40)).ShouldBe(new SliceAnswer(40, 0, 40));
        (await SendAsync(3, spent: 15, keep: 25, need: 0)).ShouldBe(new SliceAnswer(0, 15, 25));
        (await SendAsync(3, spent: 15, keep: 25, need: 0)).WasLate.ShouldBeTrue();
        (await SendAsync(1, spent: 0, keep: 0, need: 60)).WasLate.ShouldBeTrue();
        (await room.TotalAsync("spent", "late"), await room.TotalAsync("leased", "late")).ShouldBe((15, 25));
        (await SendAsync(4, spent: 15, keep: 25, need: 61)).Granted.ShouldBe(0);
        (await SendAsync(5, spent: 15, keep: 25, need: 60)).ShouldBe(new SliceAnswer(60, 15, 85));

        await room.Database.ExecuteAsync($"update budgets.replicas set closed = true where id = '{replica.Id}'");
        (await SendAsync(6, spent: 15, keep: 0, need: 1)).ReplicaIsClosed.ShouldBeTrue();
        (await store.BeatAsync(replica.Id, TimeSpan.FromMinutes(1), default)).ShouldBeNull();

        async Task<SliceAnswer> SendAsync(long sequence, long spent, long keep, long need) =>
            (await store.SyncAsync(replica, [new SliceMessage(slice, new SliceReport(sequence, spent, 0, 1, keep), need, need)], default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Slices_are_forgotten_a_day_after_their_window_and_what_was_spent_stays()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        var (store, replica) = (room.Service<SliceStore>(0), new Replica(Guid.NewGuid()));
        await store.RegisterAsync(replica.Id, TimeSpan.FromMinutes(1), default);
        foreach (var days in new[] { 0, 3 })
        {
            var slice = new Slice(new SliceId("old", BudgetUnit.Tokens, BudgetPeriod.Day, "tenant", BudgetWindow.Of(BudgetPeriod.Day, TimeZoneInfo.Utc, room.Service<SliceKeeper>(0).Now.AddDays(-days))), replica, 100);
            await store.SyncAsync(replica, [new SliceMessage(slice, new SliceReport(replica.NextSequence(), 5, 0, 1, 0))], default);
        }

        await store.TidyAsync(default);

        (await room.Database.ScalarAsync<long>($"select count(*) from budgets.leases where replica = '{replica.Id}'")).ShouldBe(1);
        (await room.Commands.RunAsync("admin", "budgets", "usage", "old", "--since", "30d", "--json")).Succeeded().Json.EnumerateArray().Select(row => row.GetProperty("used").GetInt64()).ShouldBe([5, 5]);
    }

    private static async Task SetConnectionsAsync(BudgetRoom room, bool allowed) => await (await PostgresCluster.Shared).ExecuteAsync(
        $"alter database {room.Database.Name} allow_connections {(allowed ? "true" : "false")}; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{room.Database.Name}'");
}
