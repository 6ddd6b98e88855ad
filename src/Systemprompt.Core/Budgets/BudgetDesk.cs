namespace Systemprompt.Budgets;

/// <summary>Shows and changes budgets, for commands and routes.</summary>
internal sealed class BudgetDesk(BudgetStore store, BudgetsSettings settings)
{
    /// <summary>Every budget, where it comes from, and those that are off.</summary>
    public async Task<IReadOnlyList<BudgetView>> ListAsync(CancellationToken cancellationToken)
    {
        var live = (await store.ReadAsync(cancellationToken)).ToDictionary(row => row.Name, StringComparer.Ordinal);
        return [.. settings.Limits.Keys.Union(live.Keys).Order(StringComparer.Ordinal).Select(name => View(name, live.GetValueOrDefault(name)))];
    }

    /// <exception cref="BudgetException">There is none.</exception>
    public async Task<BudgetView> FindAsync(string name, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(budget => budget.Name == name) ?? throw NoSuch(name);

    /// <returns>The version it has now.</returns>
    /// <exception cref="BudgetException">Its name or its terms are not what they may be.</exception>
    public Task<long> SetAsync(string name, BudgetSettings budget, string by, CancellationToken cancellationToken)
    {
        if (BudgetRules.NameFault(name) is { } fault) throw new BudgetException("invalid", fault);
        var faults = BudgetRules.Faults(budget).Select(entry => entry.Key.Length == 0 ? $"the budget {entry.Message}" : $"{entry.Key} {entry.Message}").ToList();
        return faults.Count > 0 ? throw new BudgetException("invalid", string.Join("; ", faults)) : store.SetAsync(name, BudgetRules.WithKeyNames(budget), "set", by, cancellationToken);
    }

    /// <summary>Ends a budget; one of the profile is off until it is reset.</summary>
    /// <exception cref="BudgetException">There is none.</exception>
    public async Task RemoveAsync(string name, string by, CancellationToken cancellationToken)
    {
        var budget = await FindAsync(name, cancellationToken);
        if (settings.Limits.ContainsKey(name))
        {
            if (!budget.Enabled) throw new BudgetException("invalid", $"budget {name} is off already; 'admin budgets reset {name}' gives it back to the profile");
            await store.SetAsync(name, null, "removed", by, cancellationToken);
        }
        else
        {
            await store.ResetAsync(name, null, by, cancellationToken);
        }
    }

    /// <summary>Gives a budget back to the profile.</summary>
    /// <exception cref="BudgetException">The profile has none of the name, or it counts already.</exception>
    public async Task ResetAsync(string name, string by, CancellationToken cancellationToken)
    {
        if (!settings.Limits.TryGetValue(name, out var profiles)) throw new BudgetException("not_found", $"the profile has no budget '{name}'; 'admin budgets remove {name}' ends one that was set live");
        if ((await FindAsync(name, cancellationToken)).Source == "profile") throw new BudgetException("invalid", $"budget {name} is the profile's already");
        await store.ResetAsync(name, profiles, by, cancellationToken);
    }

    private BudgetView View(string name, BudgetRow? live)
    {
        var profiles = settings.Limits.GetValueOrDefault(name);
        if (live is null) return new BudgetView(name, "profile", true, 0, profiles, null, null);
        var source = profiles is null ? "live" : "live, in place of the profile's";
        return live.Spec is null ? new BudgetView(name, source, false, live.Version, profiles, live.UpdatedAt, live.UpdatedBy) : new BudgetView(name, source, true, live.Version, live.Read(), live.UpdatedAt, live.UpdatedBy);
    }

    private static BudgetException NoSuch(string name) => new("not_found", $"there is no budget '{name}'; 'admin budgets list' shows what there is");
}

/// <summary>A budget as it is listed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Where it comes from: the profile, or set live.</param>
/// <param name="Enabled">False when the profile's was removed live.</param>
/// <param name="Version">How often it was changed live; 0 for the profile's.</param>
/// <param name="Budget">Its terms; null when this version does not understand them.</param>
/// <param name="UpdatedAt">When it was set live.</param>
/// <param name="UpdatedBy">By whom.</param>
internal sealed record BudgetView(string Name, string Source, bool Enabled, long Version, BudgetSettings? Budget, DateTime? UpdatedAt, string? UpdatedBy)
{
    /// <summary>The amount, for people.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Amount => Budget is null ? "(not understood)" : $"{BudgetText.Amount(Budget.Unit, Budget.Limit)} a {BudgetText.Word(Budget.Window)}";
}

/// <summary>What cannot be done to a budget, in words for whoever asked.</summary>
internal sealed class BudgetException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int Status => Code == "not_found" ? 404 : 400;
}
