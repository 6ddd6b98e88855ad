using Systemprompt.Budgets;
using Xunit.Abstractions;

namespace Systemprompt.Integration.Tests.Budgets;

public sealed class GateTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Three_replicas_grant_a_limit_to_the_last_request_and_not_one_more()
    {
        await using var room = await BudgetRoom.OpenAsync(3);
        await room.SetAsync("hammered", "--per", "tenant", "--window", "month", "--requests", "2000");
        var granted = new int[3];

        await Parallel.ForEachAsync(Enumerable.Range(0, 3000), new ParallelOptions { MaxDegreeOfParallelism = 48 }, async (number, token) =>
        {
            var reservation = await ReserveAsync(room.Gates[number % 3], "alice", token: token);
            if (!reservation.IsGranted) return;
            Interlocked.Increment(ref granted[number % 3]);
            reservation.Settle(new BudgetUsage(1, null));
        });
        // Those that were refused while others had something reserved may ask again: what is left is never lost.
        for (var at = 0; granted.Sum() < 2000 && at < 400; at++)
            if (await ReserveAsync(room.Gates[at % 3], "alice") is { IsGranted: true } late) { granted[at % 3]++; late.Settle(new BudgetUsage(1, null)); }
            else await Task.Delay(5);

        granted.Sum().ShouldBe(2000);
        granted.ShouldAllBe(count => count > 0);
        foreach (var gate in room.Gates)
        {
            var refusal = (await ReserveAsync(gate, "alice")).Refusal.ShouldNotBeNull();
            (refusal.Fault, refusal.Budget, refusal.Key, refusal.Limit, refusal.Used).ShouldBe((BudgetFault.Exhausted, "hammered", "tenant", 2000, 2000));
        }

        await room.Database.UntilAsync("select spent = 2000 from budgets.windows where budget = 'hammered'");
        (await room.TotalAsync("calls", "hammered"), await room.TotalAsync("leased", "hammered"), await room.TotalAsync("assumed", "hammered")).ShouldBe((2000, 0, 0));
    }

    [Fact]
    public async Task What_lies_idle_on_one_replica_is_asked_back_before_another_refuses()
    {
        await using var room = await BudgetRoom.OpenAsync(2, ("BUDGET_IDLE", "1h"));
        await room.SetAsync("shared", "--per", "user", "--window", "day", "--tokens", "1000");
        (await ReserveAsync(room.Gates[0], "alice", tokens: 10)).Release();
        (await room.TotalAsync("leased", "shared")).ShouldBeGreaterThan(10);

        var whole = await ReserveAsync(room.Gates[1], "alice", tokens: 1000);

        whole.IsGranted.ShouldBeTrue();
        (await ReserveAsync(room.Gates[0], "alice", tokens: 1)).Refusal!.Fault.ShouldBe(BudgetFault.Exhausted);
        (await ReserveAsync(room.Gates[0], "bob", tokens: 1)).IsGranted.ShouldBeTrue();
        whole.Release();
    }

    [Fact]
    public async Task A_killed_replicas_slices_come_back_by_what_the_trail_says()
    {
        await using var room = await BudgetRoom.OpenAsync(2, ("BUDGET_LEASE", "2s"), ("BUDGET_HEARTBEAT", "100ms"), ("BUDGET_IDLE", "1h"));
        await room.SetAsync("mortal", "--per", "tenant", "--window", "day", "--tokens", "1000");
        var dead = room.Service<SliceKeeper>(0).Replica.Id;
        await room.KillAsync(0);
        var (known, unknown, nowhere) = (await GrantAsync(0, 200), await GrantAsync(0, 30), await GrantAsync(0, 100));
        room.Ledger.Settle(known, new BudgetUsage(150, null));
        room.Ledger.Release(nowhere);
        var held = await room.TotalAsync("leased", "mortal");
        held.ShouldBeGreaterThanOrEqualTo(230);

        // Counted as spent until then, whole.
        (await ReserveAsync(room.Gates[1], "alice", tokens: 1001 - held)).Refusal!.Fault.ShouldBe(BudgetFault.Exhausted);
        await room.Database.UntilAsync("select spent = 150 from budgets.windows where budget = 'mortal'");
        (await room.TotalAsync("leased", "mortal")).ShouldBe(30 + (await room.Database.ScalarAsync<long>($"select coalesce(sum(held), 0)::bigint from budgets.leases where replica <> '{dead}'")));
        room.Ledger.Sweep(dead);
        await room.Database.UntilAsync($"select not exists (select from budgets.replicas where id = '{dead}')");

        (await room.TotalAsync("spent", "mortal"), await room.TotalAsync("assumed", "mortal"), await room.TotalAsync("calls", "mortal")).ShouldBe((180, 30, 2));
        (await ReserveAsync(room.Gates[1], "alice", tokens: 820)).IsGranted.ShouldBeTrue();
        (await ReserveAsync(room.Gates[1], "alice", tokens: 1)).IsGranted.ShouldBeFalse();
        unknown.Refusal.ShouldBeNull();

        async Task<BudgetReservation> GrantAsync(int replica, long tokens)
        {
            var reservation = await ReserveAsync(room.Gates[replica], "alice", tokens: tokens);
            reservation.IsGranted.ShouldBeTrue(reservation.Refusal?.Sentence);
            room.Ledger.Open(reservation);
            return reservation;
        }
    }

    [Fact]
    public async Task A_replica_that_was_taken_for_dead_spends_no_more_and_goes_on_as_another()
    {
        await using var room = await BudgetRoom.OpenAsync(1, ("BUDGET_LEASE", "2s"), ("BUDGET_HEARTBEAT", "100ms"));
        await room.SetAsync("fenced", "--per", "tenant", "--window", "day", "--tokens", "1000");
        var keeper = room.Service<SliceKeeper>(0);
        var before = keeper.Replica;
        (await ReserveAsync(room.Gates[0], "alice", tokens: 10)).Settle(new BudgetUsage(10, null));
        await room.Database.ExecuteAsync($"update budgets.replicas set closed = true where id = '{before.Id}'");

        await Scheduler.Queue.UntilAsync(() => !ReferenceEquals(keeper.Replica, before));

        (await ReserveAsync(room.Gates[0], "alice", tokens: 10)).Replica.ShouldBe(keeper.Replica.Id);
    }

    [Fact]
    public async Task A_changed_limit_counts_on_every_replica_within_two_seconds_and_what_is_removed_no_more()
    {
        await using var room = await BudgetRoom.OpenAsync(2);
        await room.SetAsync("changing", "--per", "user", "--window", "day", "--requests", "5");
        for (var call = 0; call < 5; call++) (await ReserveAsync(room.Gates[call % 2], "alice")).Settle(new BudgetUsage(1, null));
        (await ReserveAsync(room.Gates[0], "alice")).IsGranted.ShouldBeFalse();

        await room.SetAsync("changing", "--per", "user", "--window", "day", "--requests", "7");
        for (var call = 0; call < 2; call++) (await ReserveAsync(room.Gates[call], "alice")).IsGranted.ShouldBeTrue();
        (await ReserveAsync(room.Gates[1], "alice")).Refusal!.Limit.ShouldBe(7);
        (await room.Commands.RunAsync("admin", "budgets", "remove", "changing")).Succeeded();
        await Scheduler.Queue.UntilAsync(() => room.Service<BudgetCatalogue>(1).All.All(budget => budget.Name != "changing"));
        (await ReserveAsync(room.Gates[1], "alice")).IsGranted.ShouldBeTrue();
        await room.SetAsync("changing", "--per", "user", "--window", "day", "--requests", "7");

        (await ReserveAsync(room.Gates[0], "alice")).IsGranted.ShouldBeFalse("what was used of the window stays used");
        (await room.Commands.RunAsync("admin", "budgets", "history", "changing", "--json")).Succeeded().Json.EnumerateArray().Select(row => $"{row.GetProperty("version")} {row.GetProperty("change")} {row.GetProperty("by_whom")}")
            .ShouldBe(["4 set cli", "3 reset cli", "2 set cli", "1 set cli"]);
    }

    [Fact]
    public async Task A_call_counts_on_every_budget_it_belongs_to_or_on_none()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.Database.ExecuteAsync(
            """
            insert into users.users (tenant, login, kind, tier) values ('tests', 'alice', 'person', 'user');
            insert into users.teams (tenant, name) values ('tests', 'red'), ('tests', 'blue');
            insert into users.members (tenant, team, login) values ('tests', 'red', 'alice'), ('tests', 'blue', 'alice');
            select pg_notify('users_changed', '')
            """);
        await room.SetAsync("teams", "--per", "team", "--window", "day", "--requests", "10");
        await room.SetAsync("opus", "--per", "model", "--window", "week", "--tokens", "100", "--models", "claude-opus-*", "claude-*");
        await room.SetAsync("money", "--per", "user", "--window", "month", "--dollars", "0.001", "--of", "alice");
        await room.SetAsync("keys", "--per", "key", "--window", "day", "--requests", "3");
        await Scheduler.Queue.UntilAsync(() => room.Service<Systemprompt.Users.IMemberships>(0).TeamsOf("alice").Count == 2);
        var gate = room.Gates[0];

        var call = await gate.ReserveAsync(new BudgetRequest("alice", "sp_abcdefghij", "claude-opus-5", 60, 700), default);
        call.Parts.Select(part => $"{part.Slice.Id.Budget} {part.Slice.Id.Key} {part.Amount}").ShouldBe(
            ["keys key/sp_abcdefghij 1", "money user/alice 700", "opus model/claude-opus-* 60", "profiles key/sp_abcdefghij 1", "teams team/blue 1", "teams team/red 1"]);
        // The second one fails at the models' budget, and takes nothing of the others.
        var refusal = (await gate.ReserveAsync(new BudgetRequest("alice", "sp_abcdefghij", "claude-opus-5", 60, 100), default)).Refusal!;
        (refusal.Budget, refusal.Key, refusal.Needed).ShouldBe(("opus", "model/claude-opus-*", 60));
        (await gate.ReserveAsync(new BudgetRequest("alice", null, "claude-haiku", 60, 301), default)).Refusal!.Budget.ShouldBe("money");
        var other = await gate.ReserveAsync(new BudgetRequest("alice", null, "claude-haiku", 60, 300), default);
        other.IsGranted.ShouldBeTrue();
        (await gate.ReserveAsync(new BudgetRequest("alice", null, "claude-haiku", 1, null), default)).Refusal!.Fault.ShouldBe(BudgetFault.PriceUnknown);
        call.Headers().Select(header => header.Key).ShouldContain("x-budget-remaining-microdollars");
        call.Settle(new BudgetUsage(40, null));
        other.Release();

        await room.Database.UntilAsync("select sum(calls) = 2 from budgets.windows where budget = 'teams'");
        var usage = (await room.Commands.RunAsync("admin", "budgets", "usage", "--key", "alice", "--json")).Succeeded().Json.EnumerateArray().ShouldHaveSingleItem();
        (usage.GetProperty("budget").GetString(), usage.GetProperty("used").GetInt64(), usage.GetProperty("assumed").GetInt64(), usage.GetProperty("calls").GetInt64()).ShouldBe(("money", 700, 700, 1));
        (await room.TotalAsync("spent", "opus")).ShouldBe(40);
    }

    [Fact]
    public async Task A_routes_name_leads_past_no_budget_of_what_it_stands_for_and_what_answers_counts()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.SetAsync("each", "--per", "model", "--window", "week", "--tokens", "100", "--models", "claude-opus-*", "gpt-*", "fast");
        await room.SetAsync("mine", "--per", "user", "--window", "day", "--tokens", "100", "--models", "claude-opus-5");
        var request = new BudgetRequest("alice", null, "best", 60, 0) { OtherModels = [new("claude-opus-5", 0), new("gpt-6", 0)] };

        var call = await room.Gates[0].ReserveAsync(request, default);
        Parts(call).ShouldBe(["each model/claude-opus-* 60", "each model/gpt-* 60", "mine user/alice 60"]);
        (await room.Gates[0].ReserveAsync(request, default)).Refusal!.Budget.ShouldBe("each");
        call.Settle(new BudgetUsage(50, null) { Model = "gpt-6" });

        // Of the model that did not answer nothing is used, of the one that did too much for another call.
        (await room.Gates[0].ReserveAsync(request, default)).Refusal!.Key.ShouldBe("model/gpt-*");
        var named = await room.Gates[0].ReserveAsync(request with { Model = "fast", OtherModels = [new("claude-opus-5-20260101", 0)] }, default);
        Parts(named).ShouldBe(["each model/fast 60", "each model/claude-opus-* 60", "mine user/alice 60"]);
        named.Settle(new BudgetUsage(10, null) { Model = "claude-opus-5-20260101" });
        await room.Database.UntilAsync("select sum(spent) = 80 from budgets.windows where budget in ('each', 'mine')");
        (await room.TotalAsync("spent", "mine")).ShouldBe(10);

        static string[] Parts(BudgetReservation reservation) => [.. reservation.Parts.Select(part => $"{part.Slice.Id.Budget} {part.Slice.Id.Key} {part.Amount}")];
    }

    [Fact]
    public async Task Money_is_reserved_for_the_models_a_budget_is_for_and_only_their_price_must_be_known()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.SetAsync("claude", "--per", "user", "--window", "month", "--dollars", "0.001", "--models", "claude-*");
        await room.SetAsync("whole", "--per", "tenant", "--window", "month", "--dollars", "0.001", "--count-unpriced");
        var request = new BudgetRequest("alice", null, "llama", 60, null) { OtherModels = [new("llama-70b", null), new("claude-haiku-4-5", 300), new("claude-haiku-3", 200)] };

        var inside = await room.Gates[0].ReserveAsync(request, default);
        Parts(inside).ShouldBe(["claude user/alice 300 claude-haiku-4-5 claude-haiku-3", "whole tenant 300 claude-haiku-4-5 claude-haiku-3"]);
        inside.Settle(new BudgetUsage(60, null) { Model = "llama-70b" });
        var outside = await room.Gates[0].ReserveAsync(request, default);
        outside.Settle(new BudgetUsage(50, 250) { Model = "claude-haiku-4-5" });
        await room.Database.UntilAsync("select sum(spent) = 500 from budgets.windows where budget in ('claude', 'whole')");
        (await room.TotalAsync("calls", "claude"), await room.TotalAsync("assumed", "whole")).ShouldBe((1, 0));

        // Named itself, a model's part counts whoever answers, so all of the route needs a price; where that is not asked, what has one still counts.
        (await room.Gates[0].ReserveAsync(request with { Model = "claude-haiku-4-5", NamedMicrodollars = 300 }, default)).Refusal!.Fault.ShouldBe(BudgetFault.PriceUnknown);
        await room.SetAsync("claude", "--per", "user", "--window", "month", "--dollars", "0.001", "--models", "claude-*", "--count-unpriced");
        var named = await room.Gates[0].ReserveAsync(request with { Model = "claude-haiku-4-5", NamedMicrodollars = 300, OtherModels = [new("llama-70b", null)] }, default);
        Parts(named).ShouldBe(["claude user/alice 300 claude-haiku-4-5", "whole tenant 300 claude-haiku-4-5"]);
        named.Release();
        // One of those that it is for has no price.
        await room.SetAsync("claude", "--per", "user", "--window", "month", "--dollars", "0.001", "--models", "claude-*");
        (await room.Gates[0].ReserveAsync(request with { OtherModels = [new("claude-haiku-4-5", 300), new("claude-new", null)] }, default)).Refusal!.Fault.ShouldBe(BudgetFault.PriceUnknown);

        static string[] Parts(BudgetReservation reservation) => [.. reservation.Parts.Select(part => $"{part.Slice.Id.Budget} {part.Slice.Id.Key} {part.Amount} {string.Join(' ', part.Models ?? [])}")];
    }

    [Fact]
    public async Task A_replica_that_stops_gives_everything_back()
    {
        await using var room = await BudgetRoom.OpenAsync(1, ("BUDGET_IDLE", "1h"));
        await room.SetAsync("drained", "--per", "tenant", "--window", "day", "--tokens", "1000");
        (await ReserveAsync(room.Gates[0], "alice", tokens: 10)).Settle(new BudgetUsage(7, null));

        await room.Service<BudgetsService>(0).StopAsync(default);

        (await room.TotalAsync("spent", "drained"), await room.TotalAsync("leased", "drained")).ShouldBe((7, 0));
        (await room.Database.ScalarAsync<long>("select (select count(*) from budgets.leases) + (select count(*) from budgets.replicas)")).ShouldBe(0);
    }

    [Fact]
    public async Task Random_reservations_settlements_and_deaths_over_replicas_never_come_to_more_than_the_limit()
    {
        const long Limit = 5000;
        await using var room = await BudgetRoom.OpenAsync(3, ("BUDGET_LEASE", "2s"), ("BUDGET_HEARTBEAT", "100ms"), ("BUDGET_IDLE", "300ms"));
        await room.SetAsync("random", "--per", "tenant", "--window", "month", "--tokens", $"{Limit}");
        long spent = 0;
        var dead = room.Service<SliceKeeper>(1).Replica.Id;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            var random = new Random(4711 + worker);
            for (var step = 0; step < 150; step++)
            {
                if (worker == 1 && step == 40) await room.KillAsync(1);
                var reservation = await ReserveAsync(room.Gates[worker % 3], "alice", tokens: random.Next(1, 60));
                if (!reservation.IsGranted) continue;
                room.Ledger.Open(reservation);
                if (random.Next(4) == 0) await Task.Yield();
                var amount = random.Next(0, (int)reservation.Parts[0].Amount + 1);
                if (random.Next(5) == 0)
                {
                    room.Ledger.Release(reservation);
                    continue;
                }

                room.Ledger.Settle(reservation, new BudgetUsage(amount, null));
                Interlocked.Add(ref spent, amount);
            }
        })));

        spent.ShouldBeInRange(1000, Limit);
        await room.Database.UntilAsync($"select not exists (select from budgets.replicas where id = '{dead}') and (select sum(leased) = 0 from budgets.windows)");
        (await room.TotalAsync("spent", "random")).ShouldBe(spent);
    }

    [Fact]
    public async Task From_a_slice_a_call_is_reserved_and_settled_without_the_database_and_with_few_bytes()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.SetAsync("hot", "--per", "user", "--window", "month", "--tokens", "900000000000000");
        await room.SetAsync("warm", "--per", "tenant", "--window", "day", "--requests", "900000000000000");
        var gate = room.Gates[0];
        for (var call = 0; call < 30; call++) (await ReserveAsync(gate, "alice", tokens: 1_000_000)).Settle(new BudgetUsage(1, null));
        var request = new BudgetRequest("alice", null, "claude-opus-5", 1000, 5000);
        var (best, bytes, asked) = (double.MaxValue, 0L, 0);
        for (var round = 0; round < 20; round++)
        {
            var (allocated, from) = (GC.GetAllocatedBytesForCurrentThread(), System.Diagnostics.Stopwatch.GetTimestamp());
            for (var call = 0; call < 10_000; call++)
            {
                var pending = gate.ReserveAsync(request, default);
                if (!pending.IsCompleted) asked++;
                (await pending).Settle(new BudgetUsage(10, 50));
            }

            best = Math.Min(best, System.Diagnostics.Stopwatch.GetElapsedTime(from).TotalNanoseconds / 10_000);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / 10_000;
        }

        output.WriteLine($"two budgets: {best:0} ns and {bytes} bytes a call, reserved and settled; {asked} of 200000 calls asked the database");
        asked.ShouldBeLessThan(100);
        bytes.ShouldBeLessThan(400);
        best.ShouldBeLessThan(20_000);
    }

    internal static Task<BudgetReservation> ReserveAsync(IBudgetGate gate, string subject, long tokens = 1, CancellationToken token = default) =>
        gate.ReserveAsync(new BudgetRequest(subject, null, "echo", tokens, 0), token).AsTask();
}
