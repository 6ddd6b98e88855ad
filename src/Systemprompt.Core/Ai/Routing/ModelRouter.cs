namespace Systemprompt.Ai;

/// <summary>Decides where a call goes: by the routes of the profile, else by the models that the providers list.</summary>
internal sealed class ModelRouter
{
    private readonly ProviderCatalog _catalog;

    public ModelRouter(AiSettings settings, ProviderCatalog catalog)
    {
        _catalog = catalog;
        Routes =
        [
            .. settings.Routes
                .Select(entry => new Route(entry.Key, entry.Value, name => catalog.All.First(provider => provider.Name == name)))
                .OrderByDescending(route => route.Conditions).ThenBy(route => route.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>By the number of their conditions, then by name.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <param name="model">As the client names it.</param>
    /// <param name="tools">Whether the call offers tools.</param>
    /// <param name="stream">Whether it wants a stream.</param>
    /// <param name="bytes">Size of its body.</param>
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

    /// <summary>Every model that can be named: those of the providers, and the names of the routes, with the provider that would be asked first.</summary>
    public IReadOnlyList<CatalogModel> Models()
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
