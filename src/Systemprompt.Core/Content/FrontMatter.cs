namespace Systemprompt.Content;

/// <summary>What a file says about itself between its first two lines of <c>---</c>.</summary>
internal sealed record FrontMatter
{
    public static readonly string[] Keys = ["title", "summary", "kind", "category", "tags", "draft", "published", "updated", "language", "slug", "redirect_from"];

    public string? Title { get; init; }

    public string? Summary { get; init; }

    public string? Kind { get; init; }

    public string? Category { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool Draft { get; init; }

    public DateTimeOffset? Published { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public string? Language { get; init; }

    /// <summary>The last part of the address, in place of the file's name.</summary>
    public string? Slug { get; init; }

    public IReadOnlyList<RedirectFrom> RedirectFrom { get; init; } = [];
}

/// <summary>An address that shall lead to the item, and where it is written.</summary>
internal sealed record RedirectFrom(string Url, long Line, long Column);
