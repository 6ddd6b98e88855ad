using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>Decides where a call goes: by the routes as they are now, else by the models that the providers list.</summary>
internal sealed class ModelRouter : IDisposable
{
    private readonly IDisposable _subscription;
    private volatile RouteTable _table;

    public ModelRouter(ILive<AiSettings> settings, ProviderCatalog catalog)
    {
        _table = new RouteTable(settings.Value, catalog);
        _subscription = settings.OnChange(() =>
        {
            if (!ReferenceEquals(settings.Value, _table.Settings)) _table = new RouteTable(settings.Value, catalog);
        });
    }

    /// <summary>By the number of their conditions, then by name.</summary>
    public IReadOnlyList<Route> Routes => _table.Routes;

    /// <summary>Every model that can be named: those of the providers, and the names of the routes, with the provider that would be asked first.</summary>
    public IReadOnlyList<CatalogModel> Models => _table.Models;

    /// <param name="model">As the client names it.</param>
    /// <param name="tools">Whether the call offers tools.</param>
    /// <param name="stream">Whether it wants a stream.</param>
    /// <param name="bytes">Size of its body.</param>
    public RoutePlan Plan(string model, bool tools, bool stream, long bytes) => _table.Plan(model, tools, stream, bytes);

    public void Dispose() => _subscription.Dispose();
}
