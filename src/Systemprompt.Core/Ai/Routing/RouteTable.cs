namespace Systemprompt.Ai;

/// <summary>The routes of one state of the settings. Immutable: a change makes another table.</summary>
internal sealed class RouteTable
{
    private readonly ProviderCatalog _catalog;

    public RouteTable(AiSettings settings, ProviderCatalog catalog)
    {
        (Settings, _catalog) = (settings, catalog);
        Routes =
        [
            .. settings.Routes
                .Select(entry => new Route(entry.Key, entry.Value, name => catalog.All.First(provider => provider.Name == name)))
                .OrderByDescending(route => route.Conditions).ThenBy(route => route.Name, StringComparer.Ordinal),
        ];
    }

    public AiSettings Settings { get; }

    /// <inheritdoc cref="ModelRouter.Routes"/>
    public IReadOnlyList<Route> Routes { get; }

    /// <inheritdoc cref="ModelRouter.Models"/>
    public IReadOnlyList<CatalogModel> Models => field ??= List();

    /// <inheritdoc cref="ModelRouter.Plan"/>
    public RoutePlan Plan(string model, bool tools, bool stream, long bytes)
    {
        Route? best = null;
        var weight = -1;
        for (var i = 0; i < Routes.Count; i++)
            if (Routes[i].Match(model, tools, stream, bytes) is var match && match > weight)
                (best, weight) = (Routes[i], match);
        if (best is not null) return best.Plan(model);
        var provider = _catalog.Route(model);
        return provider is { IsEnabled: true } ? new RoutePlan(null, [new RouteTarget(provider, model)], null) : new RoutePlan(null, [], provider);
    }

    private IReadOnlyList<CatalogModel> List()
    {
        var models = _catalog.Models().ToDictionary(model => model.Id, StringComparer.Ordinal);
        foreach (var name in Routes.SelectMany(route => route.Names).Distinct(StringComparer.Ordinal))
        {
            // What it is for a plain call. A disabled provider still has its line.
            var route = Routes.Where(route => route.Names.Contains(name)).MinBy(route => route.Conditions)!;
            var plan = route.Plan(name);
            var target = plan.Targets.Count > 0 ? plan.Targets[0] : new RouteTarget(plan.Disabled!, name);
            models[name] = new CatalogModel(name, KnownModels.Find(name)?.Name ?? name, target.Provider, target.Provider.Prices.Find(target.Model));
        }

        return [.. models.Values.OrderBy(model => model.Id, StringComparer.Ordinal)];
    }
}
