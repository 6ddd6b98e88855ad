namespace Systemprompt.Extensions;

/// <summary>A folder of Markdown files whose files become items with an address: pages, posts, documentation.</summary>
/// <param name="Name">Stable name, unique in the binary, such as <c>docs</c>: letters, digits, <c>-</c> and <c>_</c>, in lower case.</param>
/// <param name="Folder">The folder below <c>content/</c>, such as <c>docs</c> or <c>handbook/public</c>.</param>
/// <param name="UrlPrefix">Where its items are reached, such as <c>/docs</c>: <c>content/docs/setup.md</c> is <c>/docs/setup</c>.</param>
public sealed record ContentSource(string Name, string Folder, string UrlPrefix)
{
    /// <summary>The kind of its items, unless a file says another: one lower-case word.</summary>
    public string Kind { get; init; } = "page";

    /// <summary>What its list of items is called.</summary>
    public string? Title { get; init; }

    /// <summary>The language its items are written in, unless a file says another: <c>en</c>, <c>de</c>, … It decides how words are matched.</summary>
    public string Language { get; init; } = "en";

    /// <summary>
    /// True passes HTML in the Markdown on as it stands, scripts included: only for a folder whose every author may do that. Otherwise HTML
    /// shows as text.
    /// </summary>
    public bool Trusted { get; init; }

    /// <summary>Whether its dated items appear in the feed.</summary>
    public bool InFeed { get; init; }
}
