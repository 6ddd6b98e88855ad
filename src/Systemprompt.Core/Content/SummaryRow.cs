namespace Systemprompt.Content;

/// <summary>The columns of an item that every list, page and find has.</summary>
internal abstract record SummaryRow
{
    /// <summary>Their expressions, of <c>content.items i</c>.</summary>
    public const string Columns = """
        i.url as "Url", i.source as "Source", i.path as "Path", i.kind as "Kind", i.category as "Category", i.tags as "Tags", i.title as "Title", i.summary as "Summary",
        i.language as "Language", i.draft as "Draft", i.published_at as "PublishedAt", coalesce(i.updated_at, i.changed_at) as "UpdatedAt", i.hash as "Hash"
        """;

    public string Url { get; init; } = "";

    public string Source { get; init; } = "";

    public string Path { get; init; } = "";

    public string Kind { get; init; } = "";

    public string? Category { get; init; }

    public string[] Tags { get; init; } = [];

    public string Title { get; init; } = "";

    public string? Summary { get; init; }

    public string Language { get; init; } = "";

    public bool Draft { get; init; }

    public DateTime? PublishedAt { get; init; }

    public DateTime UpdatedAt { get; init; }

    public string Hash { get; init; } = "";

    public ContentSummary Summarize() => new()
    {
        Url = Url, Source = Source, Path = Path, Kind = Kind, Category = Category, Tags = Tags, Title = Title, Summary = Summary, Language = Language, Draft = Draft,
        PublishedAt = PublishedAt, UpdatedAt = UpdatedAt, Hash = Hash,
    };
}
