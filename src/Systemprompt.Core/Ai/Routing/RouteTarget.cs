namespace Systemprompt.Ai;

/// <summary>One place that a call may go to.</summary>
/// <param name="Provider">Whom to ask.</param>
/// <param name="Model">What to ask for: the client's word, unless the route says another.</param>
internal readonly record struct RouteTarget(Provider Provider, string Model);

/// <summary>Where a call may go, in order, and why.</summary>
/// <param name="Route">Name of the route in the profile; null when the providers' own models decided.</param>
/// <param name="Targets">Enabled ones only; empty when nobody serves the model.</param>
/// <param name="Disabled">A provider that would serve it and takes no calls, for a refusal that says why.</param>
internal sealed record RoutePlan(string? Route, IReadOnlyList<RouteTarget> Targets, Provider? Disabled)
{
    /// <summary>Who may put the targets in another order; null for nobody.</summary>
    public SelectorUse? Selector { get; init; }

    /// <summary>The selector that was asked, and what came of it; null when none was.</summary>
    public string? Reason { get; init; }

    /// <summary>The models that providers would be asked for besides the one named.</summary>
    public IReadOnlyList<string> OtherModels(string model)
    {
        List<string>? others = null;
        for (var at = 0; at < Targets.Count; at++)
            if (Targets[at].Model is var target && target != model && others?.Contains(target) != true)
                (others ??= []).Add(target);
        return others ?? (IReadOnlyList<string>)[];
    }
}

/// <summary>A route's selector.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Patience">Longest wait for it.</param>
internal sealed record SelectorUse(string Name, TimeSpan Patience);
