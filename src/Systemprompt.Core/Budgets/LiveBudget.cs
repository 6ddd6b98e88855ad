using System.Collections.Concurrent;
using System.Collections.Frozen;
using Systemprompt.Extensions;

namespace Systemprompt.Budgets;

/// <summary>A budget as it counts now, and the slices of it that this replica holds, by what it has an amount for each of.</summary>
internal sealed class LiveBudget
{
    private readonly FrozenSet<string> _of;

    public LiveBudget(string name, BudgetSettings settings, BudgetsSettings defaults, ConcurrentDictionary<string, Slice> slices)
    {
        (Name, Settings, Slices) = (name, settings, slices);
        Zone = TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone ?? defaults.TimeZone);
        UnknownPrice = settings.UnknownPrice ?? defaults.UnknownPrice;
        _of = BudgetRules.WithKeyNames(settings).Of.ToFrozenSet(StringComparer.Ordinal);
        Prefix = settings.Per == BudgetPer.Tenant ? "tenant" : $"{settings.Per.ToString().ToLowerInvariant()}/";
    }

    public string Name { get; }

    public BudgetSettings Settings { get; }

    public TimeZoneInfo Zone { get; }

    public UnknownPrice UnknownPrice { get; }

    /// <summary>What a key begins with in the tables.</summary>
    public string Prefix { get; }

    public ConcurrentDictionary<string, Slice> Slices { get; }

    /// <summary>What tells budgets apart whose slices must not be mixed: what is left of a window goes on when only the limit or the models change.</summary>
    public static string Identity(string name, BudgetSettings settings, BudgetsSettings defaults) =>
        $"{name} {settings.Per} {settings.Unit} {settings.Window} {settings.TimeZone ?? defaults.TimeZone}";

    /// <summary>Whether a key is one that it has an amount for.</summary>
    public bool Has(string? key) => key is not null && (_of.Count == 0 || _of.Contains(key));

    /// <summary>
    /// The pattern that covers a model, the most specific, in any case of letters; null when none does, and empty when all models count. An id covers its snapshots.
    /// </summary>
    public string? Covering(string model)
    {
        if (Settings.Models.Count == 0) return "";
        var (best, weight, models) = ((string?)null, -1, Settings.Models);
        var (unmarked, bare) = (ModelSnapshot.WithoutContext(model).Length, ModelSnapshot.Without(model).Length);
        for (var at = 0; at < models.Count; at++)
            if (Weight(models[at], model, unmarked, bare) is var its && its > weight) (best, weight) = (models[at], its);
        return best;
    }

    /// <summary>How well a pattern covers a model: by what of the name it has, and an id before a beginning that is as long; -1 when it does not.</summary>
    private static int Weight(ReadOnlySpan<char> pattern, ReadOnlySpan<char> model, int unmarked, int bare)
    {
        if (pattern[^1] == '*') return model.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) ? 2 * (pattern.Length - 1) : -1;
        var covers = model.Equals(pattern, StringComparison.OrdinalIgnoreCase) || model[..unmarked].Equals(pattern, StringComparison.OrdinalIgnoreCase) || model[..bare].Equals(pattern, StringComparison.OrdinalIgnoreCase);
        return covers ? (2 * pattern.Length) + 1 : -1;
    }
}
