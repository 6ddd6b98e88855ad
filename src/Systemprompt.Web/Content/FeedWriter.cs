using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Content;
using Systemprompt.Extensions;

namespace Systemprompt.Web.Content;

/// <summary><c>/feed.xml</c>: the newest dated items of the sources in the feed, as Atom (RFC 4287).</summary>
internal static class FeedWriter
{
    private const string Atom = "http://www.w3.org/2005/Atom";
    private const int Entries = 30;

    public static async Task<IResult> AnswerAsync(HttpRequest request, string title)
    {
        var services = request.HttpContext.RequestServices;
        var sources = services.GetRequiredService<ExtensionRegistry>().Enabled.SelectMany(extension => extension.ContentSources).Where(source => source.InFeed).Select(source => source.Name).ToList();
        var items = await services.GetRequiredService<IContent>().ListAsync(new ContentFilter { Sources = sources, Dated = true, Limit = Entries }, request.HttpContext.RequestAborted);
        var updated = items.Select(Changed).DefaultIfEmpty(DateTimeOffset.UnixEpoch).Max();
        var (home, self) = (SiteAddress.Of(request, "/"), SiteAddress.Of(request, "/feed.xml"));
        var feed = SiteAddress.Xml(xml =>
        {
            xml.WriteStartElement("feed", Atom);
            xml.WriteElementString("id", Atom, home);
            xml.WriteElementString("title", Atom, SiteAddress.Text(title));
            xml.WriteElementString("updated", Atom, SiteAddress.Time(updated));
            Link("alternate", home);
            Link("self", self);
            xml.WriteStartElement("author", Atom);
            xml.WriteElementString("name", Atom, SiteAddress.Text(title));
            xml.WriteEndElement();
            foreach (var item in items)
            {
                var address = SiteAddress.Of(request, item.Url);
                xml.WriteStartElement("entry", Atom);
                xml.WriteElementString("id", Atom, address);
                xml.WriteElementString("title", Atom, SiteAddress.Text(item.Title));
                xml.WriteElementString("published", Atom, SiteAddress.Time(item.PublishedAt!.Value));
                xml.WriteElementString("updated", Atom, SiteAddress.Time(Changed(item)));
                if (item.Summary is { } summary) xml.WriteElementString("summary", Atom, SiteAddress.Text(summary));
                Link("alternate", address);
                foreach (var tag in item.Tags)
                {
                    xml.WriteStartElement("category", Atom);
                    xml.WriteAttributeString("term", tag);
                    xml.WriteEndElement();
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();

            void Link(string relation, string address)
            {
                xml.WriteStartElement("link", Atom);
                xml.WriteAttributeString("rel", relation);
                xml.WriteAttributeString("href", address);
                xml.WriteEndElement();
            }
        });
        return new KeptResult(feed, "application/atom+xml; charset=utf-8", updated);
    }

    private static DateTimeOffset Changed(ContentSummary item) => item.UpdatedAt > item.PublishedAt ? item.UpdatedAt : item.PublishedAt!.Value;
}
