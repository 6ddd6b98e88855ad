using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Systemprompt.Content;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Web.Content;

namespace Systemprompt.Web;

/// <summary>
/// An extension that serves web pages. Derive, map Razor components in <see cref="MapPages"/>, put style sheets, scripts and images below
/// <c>Assets/</c> of the project: they are embedded and served at <c>/assets/</c>. Content of its <see cref="Extension.ContentSources"/> is shown at
/// their prefixes, with <c>/search</c>, <c>/feed.xml</c> and <c>/sitemap.xml</c>.
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

    /// <summary>The page of one item of <see cref="Extension.ContentSources"/>: a component deriving from <c>ContentPage&lt;ContentItem&gt;</c>.</summary>
    protected virtual Type ContentItemPage => typeof(ContentItemPage);

    /// <summary>The page that lists a source's items: deriving from <c>ContentPage&lt;ContentList&gt;</c>.</summary>
    protected virtual Type ContentListPage => typeof(ContentListPage);

    /// <summary>The page at <c>/search</c>: deriving from <c>ContentPage&lt;ContentSearch&gt;</c>.</summary>
    protected virtual Type ContentSearchPage => typeof(ContentSearchPage);

    /// <summary>The page for an address below a source that nothing is at: deriving from <c>ContentPage&lt;ContentMissing&gt;</c>.</summary>
    protected virtual Type ContentMissingPage => typeof(ContentMissingPage);

    /// <summary>What the feed is called; by default the binary's name.</summary>
    protected virtual string FeedTitle(IServiceProvider services) => services.GetRequiredService<HostInfo>().Name;

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<PageRenderer>();
        services.TryAddSingleton<SiteStatus>();
        services.TryAddSingleton(provider => new AssetCatalogue(provider.GetServices<AssetSource>().Select(source => source.Assembly).Distinct()));
        var assembly = GetType().Assembly;
        services.AddSingleton(new AssetSource(this, assembly));
        if (ContentSources.Count > 0)
            services.AddSingleton(new ContentSite
            {
                Site = this,
                Sources = ContentSources,
                Layout = Layout,
                ItemPage = ContentItemPage,
                ListPage = ContentListPage,
                SearchPage = ContentSearchPage,
                MissingPage = ContentMissingPage,
                Title = FeedTitle,
            });
        if (Layout is { } layout) services.AddSingleton(new DefaultLayout(assembly, layout));
    }

    /// <inheritdoc/>
    public override void MapRoutes(RouteMap routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        // One route serves the assets of every site in the binary.
        if (routes.Services.GetServices<AssetSource>().First().Site == this) AssetEndpoints.Map(routes);
        // Without the extension `content` there is nothing to show. With it there is no database yet, so only its presence is asked for.
        if (routes.Services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IContent)))
        {
            var sites = routes.Services.GetServices<ContentSite>().ToList();
            if (sites.Find(site => site.Site == this) is { } own) ContentRoutes.Map(routes, own, isFirst: sites[0] == own);
        }

        MapPages(routes);
    }
}

/// <summary>The layout of one assembly's pages.</summary>
internal sealed record DefaultLayout(System.Reflection.Assembly Assembly, Type Type);
