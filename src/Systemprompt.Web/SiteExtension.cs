using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Web;

/// <summary>
/// An extension that serves web pages. Derive, map Razor components in <see cref="MapPages"/>, put style sheets, scripts and images below
/// <c>Assets/</c> of the project: they are embedded and served at <c>/assets/</c>.
/// </summary>
/// <remarks>
/// Pages are rendered on the server and work without JavaScript. The profile's <c>server.content_security_policy</c> goes with each; as it
/// ships it admits nothing from elsewhere and no inline script or style. A component reads what it shows from the container with <c>@inject</c>.
/// </remarks>
public abstract class SiteExtension : Extension
{
    /// <summary>The layout for pages that name none with <c>@layout</c>; a component deriving from <see cref="LayoutComponentBase"/>.</summary>
    protected virtual Type? Layout => null;

    /// <summary>Maps the pages: <c>site.Public().MapPage&lt;Home&gt;("/")</c>.</summary>
    protected abstract void MapPages(RouteMap site);

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<PageRenderer>();
        services.TryAddSingleton<SiteStatus>();
        services.TryAddSingleton(provider => new AssetCatalogue(provider.GetServices<AssetSource>().Select(source => source.Assembly).Distinct()));
        var assembly = GetType().Assembly;
        services.AddSingleton(new AssetSource(this, assembly));
        if (Layout is { } layout) services.AddSingleton(new DefaultLayout(assembly, layout));
    }

    /// <inheritdoc/>
    public override void MapRoutes(RouteMap routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        // One route serves the assets of every site in the binary.
        if (routes.Services.GetServices<AssetSource>().First().Site == this) AssetEndpoints.Map(routes);
        MapPages(routes);
    }
}

/// <summary>The layout of one assembly's pages.</summary>
internal sealed record DefaultLayout(System.Reflection.Assembly Assembly, Type Type);
