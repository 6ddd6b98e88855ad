namespace Systemprompt.Content;

/// <summary>Pages and posts, as they are stored: read, listed, searched. In the container while the extension <c>content</c> is enabled.</summary>
/// <remarks>Drafts and items dated in the future are there for those only who ask for them with <c>IncludeHidden</c>; who may is the caller's to decide.</remarks>
public interface IContent
{
    /// <summary>The item at an address, such as <c>/docs/setup</c>; null when there is none, or nobody may see it yet.</summary>
    Task<ContentItem?> FindAsync(string url, bool includeHidden = false, CancellationToken cancellationToken = default);

    /// <summary>The item that a file became.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="path">The file's path below the source's folder, such as <c>setup.md</c>.</param>
    /// <param name="includeHidden">Drafts and items of the future too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ContentItem?> FindAsync(string source, string path, bool includeHidden = false, CancellationToken cancellationToken = default);

    /// <summary>Where an address leads now that an item has left, or that its file lists as <c>redirect_from</c>; null when nowhere.</summary>
    Task<string?> RedirectAsync(string url, CancellationToken cancellationToken = default);

    /// <summary>Items, the newest first, undated ones behind them by address.</summary>
    Task<IReadOnlyList<ContentSummary>> ListAsync(ContentFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Looks for words: forms of them, the last one half typed, unknown ones as what was probably meant.</summary>
    /// <exception cref="ContentException">The query is too long, or a filter is none.</exception>
    Task<ContentResults> SearchAsync(string query, ContentFilter filter, CancellationToken cancellationToken = default);
}

/// <summary>Which items.</summary>
public sealed record ContentFilter
{
    /// <summary>Only this kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Only this category.</summary>
    public string? Category { get; init; }

    /// <summary>Only with this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Only of these sources; null for all.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Only in this language, such as <c>en</c>.</summary>
    public string? Language { get; init; }

    /// <summary>Only those with a date.</summary>
    public bool Dated { get; init; }

    /// <summary>Drafts and items of the future too.</summary>
    public bool IncludeHidden { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>How many to pass over.</summary>
    public int Offset { get; init; }

    /// <summary>True when it asks for what no item can have, since no text of a database holds a NUL.</summary>
    internal bool CannotMatch => ((string?[])[Kind, Category, Tag, Language, .. Sources ?? []]).Any(value => value?.Contains('\0', StringComparison.Ordinal) == true);
}

/// <summary>An item without its text.</summary>
public record ContentSummary
{
    /// <summary>Its address below the site, such as <c>/docs/setup</c>.</summary>
    public required string Url { get; init; }

    /// <summary>The source's name.</summary>
    public required string Source { get; init; }

    /// <summary>The file's path below the source's folder.</summary>
    public required string Path { get; init; }

    /// <summary>Its kind, such as <c>page</c> or <c>post</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its category, or null.</summary>
    public string? Category { get; init; }

    /// <summary>Its tags, in lower case.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Its title, as text.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence or two, as text; null when it has none.</summary>
    public string? Summary { get; init; }

    /// <summary>The language's code.</summary>
    public required string Language { get; init; }

    /// <summary>Whether it is a draft, which nobody else sees.</summary>
    public required bool Draft { get; init; }

    /// <summary>When it is or was published; null for what has no date and always shows.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>When its file says that it was updated, else when it was taken in changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>SHA-256 of its file, in hex.</summary>
    public required string Hash { get; init; }
}

/// <summary>An item.</summary>
public sealed record ContentItem : ContentSummary
{
    /// <summary>The text as HTML, safe to show unless its source is trusted. Without the title.</summary>
    public required string Html { get; init; }
}

/// <summary>What a search found.</summary>
public sealed record ContentResults
{
    /// <summary>The query as it was understood: with <see cref="Corrected"/> in place.</summary>
    public required string Query { get; init; }

    /// <summary>Words that nothing has, and what was looked for besides: mistyped to known.</summary>
    public required IReadOnlyDictionary<string, string> Corrected { get; init; }

    /// <summary>How many were found; at most as many as are ranked.</summary>
    public required int Total { get; init; }

    /// <summary>True when there are more than <see cref="Total"/>: the query is so general that only some were ranked.</summary>
    public required bool HasMore { get; init; }

    /// <summary>This page of them, the best first.</summary>
    public required IReadOnlyList<ContentHit> Hits { get; init; }
}

/// <summary>One find.</summary>
/// <param name="Item">What was found.</param>
/// <param name="Score">Its rank; comparable within one search only.</param>
/// <param name="TitleHtml">The title as HTML: escaped, found words in <c>&lt;mark&gt;</c>.</param>
/// <param name="SnippetHtml">The part of its text that shows why, in the same way.</param>
public sealed record ContentHit(ContentSummary Item, double Score, string TitleHtml, string SnippetHtml);
