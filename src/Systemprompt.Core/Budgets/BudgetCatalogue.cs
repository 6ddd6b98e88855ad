using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Systemprompt.Database;

namespace Systemprompt.Budgets;

/// <summary>
/// Every budget that counts, in memory: the profile's, and those set live in their place or beside them. Read before the process is ready, again
/// when one changes, and polled besides.
/// </summary>
internal sealed partial class BudgetCatalogue(BudgetStore store, SliceKeeper keeper, NotifyBus bus, BudgetsSettings settings, ILogger<BudgetCatalogue> logger) : IDisposable
{
    private readonly Dictionary<string, ConcurrentDictionary<string, Slice>> _slices = new(StringComparer.Ordinal);
    private volatile LiveBudget[] _all = [];
    private IDisposable? _subscription;

    public LiveBudget[] All => _all;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        _subscription = bus.Subscribe(BudgetStore.Channel, async (_, token) => await ReadAsync(token), settings.Poll);
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var changed = Replace(Effective(settings, await store.ReadAsync(cancellationToken), NotUnderstood));
        // What they hold was handed out under another limit.
        foreach (var slice in changed) slice.NoteReturned();
        await keeper.GiveBackAsync(changed, cancellationToken);
    }

    public void Dispose() => _subscription?.Dispose();

    /// <summary>Puts these in place of those before. Called by one at a time.</summary>
    /// <returns>The slices of budgets that are not what they were.</returns>
    internal IReadOnlyList<Slice> Replace(IReadOnlyDictionary<string, BudgetSettings> budgets)
    {
        var before = _all.ToDictionary(budget => budget.Name, StringComparer.Ordinal);
        var all = new List<LiveBudget>(budgets.Count);
        var changed = new List<Slice>();
        foreach (var (name, budget) in budgets.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (before.Remove(name, out var old) && old.Settings.Equals(budget))
            {
                all.Add(old);
                continue;
            }

            // A slice's totals must go on where they were, so slices of what is gone are kept for as long as it may come back.
            var identity = LiveBudget.Identity(name, budget, settings);
            if (!_slices.TryGetValue(identity, out var slices)) _slices.Add(identity, slices = new ConcurrentDictionary<string, Slice>(StringComparer.Ordinal));
            foreach (var slice in slices.Values) slice.Limit = budget.Limit;
            if (old is not null) changed.AddRange(old.Slices.Values);
            all.Add(new LiveBudget(name, budget, settings, slices));
        }

        changed.AddRange(before.Values.SelectMany(gone => gone.Slices.Values));
        _all = [.. all];
        return changed;
    }

    /// <summary>The budgets that count: the profile's, with what was set live in their place or beside them.</summary>
    internal static Dictionary<string, BudgetSettings> Effective(BudgetsSettings settings, IReadOnlyList<BudgetRow> rows, Action<string>? fault = null)
    {
        var budgets = new Dictionary<string, BudgetSettings>(settings.Limits, StringComparer.Ordinal);
        foreach (var row in rows)
            if (row.Spec is null) budgets.Remove(row.Name);
            else if (row.Read() is { } budget) budgets[row.Name] = budget;
            else fault?.Invoke(row.Name);
        return budgets;
    }

    private void NotUnderstood(string name) => BudgetNotUnderstood(logger, name);

    [LoggerMessage(3301, LogLevel.Error, "Budget {Name} was set in a form that this version does not understand; the profile's counts, if it has one. Set it anew: admin budgets set {Name} …")]
    private static partial void BudgetNotUnderstood(ILogger logger, string name);
}
