using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Content;

namespace Systemprompt.Web.Content;

/// <summary><c>/sitemap.xml</c>: the site's first page and every published item, by sitemaps.org's protocol, which allows 50000.</summary>
internal static class SitemapWriter
{
    private const string Schema = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private const int Most = 49_999;

    public static async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var items = await request.HttpContext.RequestServices.GetRequiredService<IContent>().ListAsync(new ContentFilter { Limit = Most }, request.HttpContext.RequestAborted);
        var map = SiteAddress.Xml(xml =>
        {
            xml.WriteStartElement("urlset", Schema);
            Place("/", null);
            foreach (var item in items) Place(item.Url, item.UpdatedAt);
            xml.WriteEndElement();

            void Place(string path, DateTimeOffset? changed)
            {
                xml.WriteStartElement("url", Schema);
                xml.WriteElementString("loc", Schema, SiteAddress.Of(request, path));
                if (changed is { } time) xml.WriteElementString("lastmod", Schema, SiteAddress.Time(time));
                xml.WriteEndElement();
            }
        });
        return new KeptResult(map, "application/xml; charset=utf-8");
    }
}
