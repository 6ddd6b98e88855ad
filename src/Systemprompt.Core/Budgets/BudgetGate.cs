using Npgsql;
using Systemprompt.Database;
using Systemprompt.Users;

namespace Systemprompt.Budgets;

/// <summary>Finds the slices that a call counts on and reserves from them: in memory where they cover it, else with the database's help.</summary>
internal sealed class BudgetGate(BudgetCatalogue catalogue, SliceKeeper keeper, SliceStore store, IMemberships members, NotifyBus bus, TimeProvider clock) : IBudgetGate
{
    private const int Rounds = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(3);

    private long _awayUntil = long.MinValue;

    [ThreadStatic]
    private static List<BudgetPart>? _found;

    public bool HasBudgets => catalogue.All.Length > 0;

    public ValueTask<BudgetReservation> ReserveAsync(BudgetRequest request, CancellationToken cancellationToken)
    {
        if (catalogue.All.Length == 0) return new(BudgetReservation.None);
        var found = _found ??= [];
        found.Clear();
        if (Find(request, found) is { } refusal) return new(Refused(refusal));
        if (found.Count == 0) return new(BudgetReservation.None);
        var parts = found.ToArray();
        if (keeper.MaySpend && TakeAll(parts, clock.GetTimestamp())) return new(new BudgetReservation(parts));
        return new(TakeAllAsync(parts, cancellationToken));
    }

    /// <summary>The slices a call counts on, or why it cannot be made at all.</summary>
    private BudgetRefusal? Find(in BudgetRequest request, List<BudgetPart> found)
    {
        foreach (var budget in catalogue.All)
        {
            var named = budget.Covering(request.Model);
            if (named is not null && Find(budget, named, null, request, found) is { } refusal) return refusal;
            if (request.OtherModels.Count > 0 && FindOthers(budget, named, request, found) is { } other) return other;
        }

        return null;
    }

    /// <summary>What the route may ask in the place of the model named: a name that no budget covers must not lead past those of what answers.</summary>
    private BudgetRefusal? FindOthers(LiveBudget budget, string? named, in BudgetRequest request, List<BudgetPart> found)
    {
        // Each pattern has its own amount where a budget is per model; any other has one amount for all of its models.
        var isPerModel = budget.Settings.Per == BudgetPer.Model;
        if (named is not null && !isPerModel) return null;
        var covered = request.OtherModels.Select(other => (Model: other, Pattern: budget.Covering(other.Model))).Where(each => each.Pattern is not null && each.Pattern != named);
        foreach (var models in covered.GroupBy(each => isPerModel ? each.Pattern! : "", each => each.Model))
            if (Find(budget, models.Key, [.. models], request, found) is { } refusal) return refusal;
        return null;
    }

    /// <summary>The slices of one budget that a call counts on.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="pattern">The pattern that covers a model of the call.</param>
    /// <param name="models">Counts only when one of these answers; null when it counts anyway.</param>
    /// <param name="request">The call.</param>
    /// <param name="found">Those that were found.</param>
    private BudgetRefusal? Find(LiveBudget budget, string pattern, ModelCost[]? models, in BudgetRequest request, List<BudgetPart> found)
    {
        switch (budget.Settings.Per)
        {
            case BudgetPer.Tenant: return Add(budget, "", models, request, found);
            case BudgetPer.Model: return Add(budget, pattern, models, request, found);
            case BudgetPer.User: return budget.Has(request.Subject) ? Add(budget, request.Subject, models, request, found) : null;
            case BudgetPer.Key: return budget.Has(request.KeyId) ? Add(budget, request.KeyId!, models, request, found) : null;
            case BudgetPer.Team:
                var teams = members.TeamsOf(request.Subject);
                for (var at = 0; at < teams.Count; at++)
                    if (budget.Has(teams[at]) && Add(budget, teams[at], models, request, found) is { } refusal) return refusal;
                break;
        }

        return null;
    }

    private BudgetRefusal? Add(LiveBudget budget, string key, ModelCost[]? models, in BudgetRequest request, List<BudgetPart> found)
    {
        var unit = budget.Settings.Unit;
        long? amount = unit switch { BudgetUnit.Requests => 1, BudgetUnit.Tokens => request.Tokens, _ => models is null ? request.Microdollars : Dearest(models) };
        if (amount is null)
        {
            if (budget.UnknownPrice != UnknownPrice.CountRequests)
                return new BudgetRefusal(BudgetFault.PriceUnknown, budget.Name, budget.Prefix + key, unit, budget.Settings.Limit, 0, 0, BudgetWindow.Of(budget.Settings.Window, budget.Zone, keeper.Now).End);
            // Uncounted is only what has no price: another model of the route still counts where it answers.
            models = [.. (models ?? request.AllModels).Where(model => model.Microdollars is not null)];
            if (models.Length == 0) return null;
            amount = Dearest(models);
        }

        found.Add(new BudgetPart(SliceOf(budget, key), Math.Clamp(amount ?? 0, 0, BudgetRules.Largest)) { Models = models is null ? null : Array.ConvertAll(models, model => model.Model) });
        return null;
    }

    /// <summary>What a call costs at most when one of these answers; null when nobody knows of one of them.</summary>
    private static long? Dearest(ModelCost[] models) => Array.Exists(models, model => model.Microdollars is null) ? null : models.Max(model => model.Microdollars);

    private Slice SliceOf(LiveBudget budget, string key)
    {
        var (now, replica) = (keeper.Now, keeper.Replica);
        while (true)
        {
            // Windows only go forward: a clock that was set back a little stays in the window it was in.
            if (budget.Slices.TryGetValue(key, out var slice) && ReferenceEquals(slice.Replica, replica) && now < slice.Id.Window.End) return slice;
            var fresh = new Slice(new SliceId(budget.Name, budget.Settings.Unit, budget.Settings.Window, budget.Prefix + key, BudgetWindow.Of(budget.Settings.Window, budget.Zone, now)), replica, budget.Settings.Limit);
            if (slice is null ? !budget.Slices.TryAdd(key, fresh) : !budget.Slices.TryUpdate(key, fresh, slice)) continue;
            keeper.Add(fresh);
            return fresh;
        }
    }

    private static bool TakeAll(BudgetPart[] parts, long now)
    {
        for (var at = 0; at < parts.Length; at++)
        {
            if (parts[at].Slice.TryTake(parts[at].Amount, now)) continue;
            while (--at >= 0) parts[at].Slice.Release(parts[at].Amount);
            return false;
        }

        return true;
    }

    private async Task<BudgetReservation> TakeAllAsync(BudgetPart[] parts, CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            for (; taken < parts.Length; taken++)
                if (await TakeAsync(parts[taken].Slice, parts[taken].Amount, cancellationToken) is { } refusal) return Refused(refusal);
            // All by one life of this process: what it held when it was taken for dead is settled as one.
            if (parts.All(part => ReferenceEquals(part.Slice.Replica, keeper.Replica)))
            {
                taken = 0;
                return new BudgetReservation(parts);
            }

            return Refused(Refusal(BudgetFault.Unavailable, parts[0].Slice, parts[0].Amount));
        }
        finally
        {
            while (--taken >= 0) parts[taken].Slice.Release(parts[taken].Amount);
        }
    }

    /// <summary>Reserves from one slice: from memory, then from the database, then from what others give back. Null when it is reserved.</summary>
    private async Task<BudgetRefusal?> TakeAsync(Slice slice, long amount, CancellationToken cancellationToken)
    {
        await slice.Turn.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetTimestamp();
            if (keeper.MaySpend && slice.TryTake(amount, now)) return null;
            if (keeper.MaySpend && slice.IsKnownShort(amount, now)) return Refusal(BudgetFault.Exhausted, slice, amount);
            if (now < Volatile.Read(ref _awayUntil)) return Refusal(BudgetFault.Unavailable, slice, amount);
            using var patience = new CancellationTokenSource(LongestAnswer, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            return await AskAsync(slice, amount, either.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Those who wait for their turn need not find it out one by one.
            Volatile.Write(ref _awayUntil, clock.GetTimestamp() + (clock.TimestampFrequency / 2));
            return Refusal(BudgetFault.Unavailable, slice, amount);
        }
        finally
        {
            slice.Turn.Release();
        }
    }

    /// <summary>Asks the database; when it has too little, other replicas for what lies idle there; and the database again.</summary>
    private async Task<BudgetRefusal?> AskAsync(Slice slice, long amount, CancellationToken cancellationToken)
    {
        var (need, want) = slice.Missing(amount, clock.GetTimestamp(), clock.TimestampFrequency);
        for (var round = 0; ; round++)
        {
            // First what is missing; then what is held here goes back too, so that two who hold half each do not both go without.
            var report = slice.Report(slice.Replica.NextSequence(), giveBack: round > 0);
            var returned = slice.Returned;
            var answer = (await store.SyncAsync(slice.Replica, [new SliceMessage(slice, report, round > 0 ? Math.Max(1, amount) : need, want)], cancellationToken))[0];
            BudgetMetrics.Asked();
            if (answer.ReplicaIsClosed) await keeper.StartAgainAsync(slice.Replica, cancellationToken);
            if (answer.Granted < 0) return Refusal(BudgetFault.Unavailable, slice, amount);
            slice.Accept(report, answer.Granted, answer.Spent, answer.Leased);
            if (keeper.MaySpend && slice.TryTake(amount, clock.GetTimestamp())) return null;
            if (round == Rounds || slice.HeldByOthers <= 0 || amount > slice.Limit) break;
            if (round == 0) await bus.PublishAsync(SliceStore.RecallChannel, SliceNames.Write(slice.Id), cancellationToken);
            else await Task.WhenAny(returned, Task.Delay(Patience, clock, cancellationToken));
        }

        slice.NoteShort(amount, clock.GetTimestamp(), clock.TimestampFrequency);
        return Refusal(keeper.MaySpend ? BudgetFault.Exhausted : BudgetFault.Unavailable, slice, amount);
    }

    private static BudgetReservation Refused(BudgetRefusal refusal)
    {
        BudgetMetrics.Refused(refusal);
        return new BudgetReservation(refusal);
    }

    private static BudgetRefusal Refusal(BudgetFault fault, Slice slice, long amount) =>
        new(fault, slice.Id.Budget, slice.Id.Key, slice.Id.Unit, slice.Limit, Math.Min(slice.Used, slice.Limit), amount, slice.Id.Window.End);
}
