using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Content;
using Systemprompt.Extensions;
using Systemprompt.Http;

namespace Systemprompt.Web.Content;

/// <summary>The pages of a site's content: each source's list and items, and, once in a binary, search, feed and sitemap.</summary>
internal static class ContentRoutes
{
    private const int ItemsOnPage = 30, LastPage = 10_000, HitsOnPage = 10, LastHits = 25;
    private static readonly string[] Reads = ["GET", "HEAD"];

    public static void Map(RouteMap routes, ContentSite site, bool isFirst)
    {
        var pages = routes.Public();
        foreach (var source in site.Sources)
        {
            pages.MapMethods(source.UrlPrefix, Reads, (HttpRequest request) => ListAsync(request, site, source));
            pages.MapMethods(source.UrlPrefix + "/{**path}", Reads, (HttpRequest request) => ItemAsync(request, site, source));
        }

        if (!isFirst) return;
        pages.MapMethods("/search", Reads, (HttpRequest request) => SearchAsync(request, site));
        pages.MapMethods("/feed.xml", Reads, async (HttpRequest request) => await FeedWriter.AnswerAsync(request, site.Title(request.HttpContext.RequestServices)));
        pages.MapMethods("/sitemap.xml", Reads, async (HttpRequest request) => await SitemapWriter.AnswerAsync(request));
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ContentSite site, ContentSource source)
    {
        if (request.Path.Value is { Length: > 1 } path && path[^1] == '/') return Moved(request, path.TrimEnd('/'));
        if (!TryPage(request, LastPage, out var page)) return await MissingAsync(request, site);
        var (library, cancellationToken) = (Library(request), request.HttpContext.RequestAborted);
        var item = await library.FindAsync(source.UrlPrefix, cancellationToken: cancellationToken);
        if (item is null && await library.RedirectAsync(source.UrlPrefix, cancellationToken) is { } target) return Moved(request, target);
        var items = await library.ListAsync(new ContentFilter { Sources = [source.Name], Limit = ItemsOnPage + 1, Offset = (page - 1) * ItemsOnPage, Tag = Asked(request, "tag") }, cancellationToken);
        var list = new ContentList
        {
            Source = source,
            Title = item?.Title ?? source.Title ?? source.Name,
            Item = page == 1 ? item : null,
            Items = [.. items.Take(ItemsOnPage).Where(entry => entry.Url != source.UrlPrefix)],
            Tag = Asked(request, "tag"),
            Page = page,
            HasNext = items.Count > ItemsOnPage && page < LastPage,
        };
        return await RenderAsync(request, site, site.ListPage, list, new PageInfo(list.Title, item?.Summary, source.Language, SiteAddress.Of(request, source.UrlPrefix + Own(list.Tag, page))), item?.UpdatedAt);
    }

    private static async Task<IResult> ItemAsync(HttpRequest request, ContentSite site, ContentSource source)
    {
        var (library, cancellationToken, path) = (Library(request), request.HttpContext.RequestAborted, request.Path.Value!);
        if (path.Length > 300) return await MissingAsync(request, site);
        if (await library.FindAsync(path, cancellationToken: cancellationToken) is { } item)
            return await RenderAsync(request, site, site.ItemPage, item, new PageInfo(item.Title, item.Summary, item.Language, SiteAddress.Of(request, item.Url)), item.UpdatedAt);
        if (await library.RedirectAsync(path, cancellationToken) is { } target) return Moved(request, target);
        return path[^1] == '/' && path.Length > source.UrlPrefix.Length + 1 ? Moved(request, path.TrimEnd('/')) : await MissingAsync(request, site);
    }

    private static async Task<IResult> SearchAsync(HttpRequest request, ContentSite site)
    {
        var (query, kind) = (Asked(request, "q") ?? "", Asked(request, "kind"));
        if (!TryPage(request, LastHits, out var page)) return await MissingAsync(request, site);
        var search = new ContentSearch { Query = query, Kind = kind, Page = page };
        try
        {
            if (query.Trim().Length > 0)
            {
                var results = await Library(request).SearchAsync(query, new ContentFilter { Kind = kind, Limit = HitsOnPage, Offset = (page - 1) * HitsOnPage }, request.HttpContext.RequestAborted);
                search = search with { Results = results, HasNext = results.Total > page * HitsOnPage && page < LastHits };
            }
        }
        catch (ContentException fault)
        {
            search = search with { Fault = fault.Message };
        }

        request.HttpContext.Response.Headers["X-Robots-Tag"] = "noindex";
        return await RenderAsync(request, site, site.SearchPage, search, new PageInfo(query.Length == 0 ? "Search" : $"Search: {query}", null, "en", null), null);
    }

    /// <summary>What a page of a list, or the list of a tag, has in its own address: none stands for another.</summary>
    private static QueryString Own(string? tag, int page)
    {
        var own = QueryString.Empty;
        if (tag is not null) own = own.Add("tag", tag);
        return page > 1 ? own.Add("page", page.ToString(CultureInfo.InvariantCulture)) : own;
    }

    private static Task<IResult> MissingAsync(HttpRequest request, ContentSite site)
    {
        request.HttpContext.Response.StatusCode = StatusCodes.Status404NotFound;
        return RenderAsync(request, site, site.MissingPage, new ContentMissing(), new PageInfo("Not found", null, "en", null), null);
    }

    private static async Task<IResult> RenderAsync<T>(HttpRequest request, ContentSite site, Type component, T model, PageInfo info, DateTimeOffset? modified)
    {
        var context = request.HttpContext;
        context.Features.Set(info);
        var html = await context.RequestServices.GetRequiredService<PageRenderer>().RenderAsync(component, new Dictionary<string, object?> { [nameof(ContentPage<>.Model)] = model }, context, site.Layout);
        return new KeptResult(html, "text/html; charset=utf-8", modified);
    }

    private static IResult Moved(HttpRequest request, string target) => Results.Redirect(new PathString(target).ToUriComponent() + request.QueryString, permanent: true);

    private static bool TryPage(HttpRequest request, int last, out int page)
    {
        page = 1;
        return Asked(request, "page") is not { } text || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out page) && page >= 1 && page <= last);
    }

    private static string? Asked(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } value] ? value : null;

    private static IContent Library(HttpRequest request) => request.HttpContext.RequestServices.GetRequiredService<IContent>();
}
