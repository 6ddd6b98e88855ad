namespace Systemprompt.Ai;

/// <summary>A route of the profile, ready for use.</summary>
internal sealed class Route
{
    private readonly ModelPattern[] _models;
    private readonly (Provider Provider, string? Model)[] _targets;
    private readonly SelectorUse? _selector;

    public Route(string name, RouteSettings settings, Func<string, Provider> provider)
    {
        (Name, Settings) = (name, settings);
        _models = [.. settings.Models.Select(model => new ModelPattern(model))];
        _targets = [.. settings.To.Select(RouteSettings.Split).Select(target => (provider(target.Provider), target.Model))];
        if (settings.Selector is { Length: > 0 } selector) _selector = new SelectorUse(selector, settings.SelectorTimeout);
        Conditions = (settings.Tools is null ? 0 : 1) + (settings.Stream is null ? 0 : 1) + (settings.MinBody is null ? 0 : 1) + (settings.MaxBody is null ? 0 : 1);
    }

    public string Name { get; }

    public RouteSettings Settings { get; }

    /// <summary>How many conditions it makes.</summary>
    public int Conditions { get; }

    /// <summary>The names that can be asked for: those that are no pattern.</summary>
    public IEnumerable<string> Names => _models.Where(model => !model.IsPrefix).Select(model => model.ToString());

    /// <summary>How well it matches the model, or -1 when it does not take the call.</summary>
    public int Match(string model, bool tools, bool stream, long bytes)
    {
        if (Settings.Tools is { } wantsTools && wantsTools != tools) return -1;
        if (Settings.Stream is { } wantsStream && wantsStream != stream) return -1;
        if (Settings.MinBody is { } least && bytes < least.Bytes) return -1;
        if (Settings.MaxBody is { } most && bytes > most.Bytes) return -1;
        var best = -1;
        foreach (var pattern in _models)
            if (pattern.Weight > best && pattern.Matches(model))
                best = pattern.Weight;
        return best;
    }

    public RoutePlan Plan(string model)
    {
        var targets = new List<RouteTarget>(_targets.Length);
        Provider? disabled = null;
        foreach (var (provider, other) in _targets)
            if (provider.IsEnabled) targets.Add(new RouteTarget(provider, other ?? model));
            else disabled ??= provider;
        // With one target there is nothing to choose.
        return new RoutePlan(Name, targets, disabled) { Selector = targets.Count > 1 ? _selector : null };
    }
}
