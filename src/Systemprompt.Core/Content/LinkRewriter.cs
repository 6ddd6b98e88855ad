using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Systemprompt.Content;

/// <summary>
/// Turns links between files into links between addresses, and takes the link from what must not be one: schemes that run something, images
/// without encryption. The text stays.
/// </summary>
internal sealed class LinkRewriter(ContentDocument document, SourceCatalogue sources)
{
    private readonly List<InnerLink> _links = [];

    public IReadOnlyList<InnerLink> Run(MarkdownDocument tree)
    {
        foreach (var link in tree.Descendants<LinkInline>().ToList()) Rewrite(link);
        foreach (var link in tree.Descendants<AutolinkInline>().ToList())
            if (!link.IsEmail && !IsAllowed(link.Url, isImage: false)) link.ReplaceBy(new LiteralInline(link.Url));
        return _links;
    }

    private void Rewrite(LinkInline link)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        if (Inner(url) is { } inner)
        {
            _links.Add(new InnerLink(url, inner.Url, inner.Anchor, link.Line + 1, link.Column + 1));
            (link.Url, link.GetDynamicUrl) = (inner.Anchor is null ? inner.Url : inner.Url == document.Url ? $"#{inner.Anchor}" : $"{inner.Url}#{inner.Anchor}", null);
        }
        else if (!IsAllowed(url, link.IsImage))
        {
            link.ReplaceBy(new ContainerInline(), copyChildren: true);
        }
    }

    /// <summary>The address of a link to a file, by its path alone, or to a heading of this file; null for any other.</summary>
    private (string Url, string? Anchor)? Inner(string written)
    {
        var hash = written.IndexOf('#', StringComparison.Ordinal);
        var (path, anchor) = hash < 0 ? (written, null) : (written[..hash], written[(hash + 1)..]);
        if (path.Length == 0) return anchor is { Length: > 0 } ? (document.Url, anchor) : null;
        if (path.Contains(':', StringComparison.Ordinal) || path.StartsWith("//", StringComparison.Ordinal) || path.Contains('?', StringComparison.Ordinal)) return null;
        if (path[0] == '/') return sources.Serves(path) ? (path, anchor) : null;
        if (!path.EndsWith(ContentPath.Ending, StringComparison.Ordinal) || Resolve(path) is not { } file) return null;
        if (sources.Of(file) is not { } source) return null;
        var below = file[(source.Folder.Length + 1)..];
        return ContentPath.Fault(below) is null ? (ContentPath.Url(source, below), anchor) : null;
    }

    /// <summary>The path below <c>content/</c> that a relative one means; null when it leads out.</summary>
    private string? Resolve(string relative)
    {
        var parts = $"{document.Source.Folder}/{document.Path}".Split('/').SkipLast(1).ToList();
        foreach (var part in relative.Split('/'))
        {
            if (part is "." or "") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }

        return string.Join('/', parts);
    }

    private static bool IsAllowed(string url, bool isImage)
    {
        // Browsers ignore control characters and spaces within a scheme.
        if (url.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))) return false;
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || url.AsSpan(0, colon).IndexOfAny('/', '?', '#') >= 0) return !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\', StringComparison.Ordinal);
        var scheme = url[..colon].ToLowerInvariant();
        return scheme == "https" || (!isImage && scheme is "http" or "mailto" or "tel");
    }
}
