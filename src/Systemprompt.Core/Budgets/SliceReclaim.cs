using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Budgets;

/// <summary>
/// Settles what dead replicas held. Every replica runs it; the lock on the dead one's row lets only one work on it. Until then all that it held
/// counts as spent. What its calls came to is added up from the trail; those that are open keep what they reserved until they end.
/// </summary>
internal sealed partial class SliceReclaim(SliceStore store, SliceKeeper keeper, IEnumerable<ISpendTrail> trails, BudgetsSettings settings, TimeProvider clock, ILogger<SliceReclaim> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TidyEvery = TimeSpan.FromMinutes(10);

    private long _tidied;

    // How far an application's clock may stand beside the database's.
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);

    /// <summary>One turn of the loop <c>budgets.reclaim</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Pause + TimeSpan.FromMilliseconds(Random.Shared.Next(0, 500)), clock, cancellationToken);
        // After an outage every lease has run out. The living renew theirs within a heartbeat or two.
        if (keeper.HeldFor < settings.Heartbeat * 2) return;
        var seen = new List<Guid> { keeper.Replica.Id };
        while (await store.ReclaimOneAsync(seen, (replica, from) => SumAsync(replica, from, cancellationToken), cancellationToken) is { } settled)
        {
            seen.Add(settled.Replica);
            if (settled.IsGone) Settled(logger, settled.Replica);
        }

        if (_tidied != 0 && clock.GetElapsedTime(_tidied) < TidyEvery) return;
        await store.TidyAsync(cancellationToken);
        _tidied = clock.GetTimestamp();
    }

    private async Task<IReadOnlyDictionary<LeaseKey, LeaseSum>> SumAsync(Guid replica, DateTime from, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<LeaseKey, LeaseSum>();
        foreach (var trail in trails)
            await foreach (var call in trail.ReadAsync(replica, from - Skew, cancellationToken))
                Add(sums, call);
        return sums;
    }

    /// <summary>Adds a call to what the leases came to, as settling its reservation would have.</summary>
    internal static void Add(Dictionary<LeaseKey, LeaseSum> sums, TrailCall call)
    {
        if (call.End is { Counts: false }) return;
        foreach (var part in JsonSerializer.Deserialize<TrailPart[]>(call.Budgets, BudgetJson.Options)!)
        {
            var key = new LeaseKey(part.Budget, part.Unit, part.Period, part.Key, part.From.ToUniversalTime());
            var sum = sums.GetValueOrDefault(key);
            if (call.End is not { } end)
            {
                sums[key] = sum with { Pending = sum.Pending + part.Reserved, Open = sum.Open + 1 };
                continue;
            }

            if (!end.Usage.IsOf(part.Models)) continue;
            var (amount, assumed) = end.Usage.In(BudgetText.Unit(part.Unit), part.Reserved);
            sums[key] = sum with { Spent = sum.Spent + amount, Assumed = sum.Assumed + (assumed ? amount : 0), Calls = sum.Calls + 1 };
        }
    }

    [LoggerMessage(3304, LogLevel.Warning, "Replica {Replica} is gone; what it held of budgets is settled by what its calls came to")]
    private static partial void Settled(ILogger logger, Guid replica);
}
