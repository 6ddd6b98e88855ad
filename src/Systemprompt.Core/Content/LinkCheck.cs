using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>Finds links between files that lead nowhere.</summary>
internal static class LinkCheck
{
    /// <param name="documents">The files that can be shown.</param>
    /// <param name="faulty">Those that cannot, for now: a link to one is no second fault.</param>
    /// <param name="sources">Where they come from.</param>
    public static IReadOnlyList<ProfileFault> Run(IReadOnlyList<RenderedDocument> documents, IEnumerable<(string Source, string Path)> faulty, SourceCatalogue sources)
    {
        var unknown = faulty.Select(file => ContentPath.Url(sources.All.First(source => source.Name == file.Source), file.Path)).ToHashSet(StringComparer.Ordinal);
        var places = new Dictionary<string, RenderedDocument>(StringComparer.Ordinal);
        foreach (var item in documents) places.TryAdd(item.Document.Url, item);
        foreach (var item in documents)
        {
            // A link is turned into an address by the file's name; where a slug stands for it, that address leads on.
            places.TryAdd(ContentPath.Url(item.Document.Source, item.Document.Path), item);
            foreach (var from in item.Document.Front.RedirectFrom) places.TryAdd(from.Url, item);
        }

        var lists = sources.All.Select(source => source.UrlPrefix).ToHashSet(StringComparer.Ordinal);
        return [.. from item in documents from link in item.Links let fault = Fault(link) where fault is not null select new ProfileFault(item.Document.File, link.Line, link.Column, fault)];

        string? Fault(InnerLink link) =>
            unknown.Contains(link.Url) ? null
            : !places.TryGetValue(link.Url, out var target) ? lists.Contains(link.Url) && link.Anchor is null ? null : $"the link to '{link.Written}' leads nowhere"
            : link.Anchor is { Length: > 0 } anchor && !target.Anchors.Contains(anchor) ? $"the link to '{link.Written}' names no heading of {target.Document.File}"
            : null;
    }
}
