namespace Systemprompt.Content;

/// <summary>What a file becomes.</summary>
internal sealed record RenderedDocument
{
    public required ContentDocument Document { get; init; }

    public required string Title { get; init; }

    /// <summary>Given, or the beginning of the first paragraph.</summary>
    public required string? Summary { get; init; }

    public required string Html { get; init; }

    /// <summary>What can be read of it, without markup.</summary>
    public required string Body { get; init; }

    /// <summary>The headings below the title, each once.</summary>
    public required string Headings { get; init; }

    /// <summary>Ids of headings, which links can name.</summary>
    public required IReadOnlySet<string> Anchors { get; init; }

    /// <summary>Links to addresses of this site, as they are in the file.</summary>
    public required IReadOnlyList<InnerLink> Links { get; init; }
}

/// <summary>A link to another place of this site.</summary>
/// <param name="Written">As it is written.</param>
/// <param name="Url">The address it leads to.</param>
/// <param name="Anchor">The heading it names, or null.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="Column">Where it stands.</param>
internal sealed record InnerLink(string Written, string Url, string? Anchor, int Line, int Column);
