using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>A file as it was read: what it says about itself, and its Markdown.</summary>
internal sealed record ContentDocument
{
    public required ContentSource Source { get; init; }

    /// <summary>Path below the source's folder.</summary>
    public required string Path { get; init; }

    /// <summary>As faults name it: <c>content/docs/setup.md</c>.</summary>
    public required string File { get; init; }

    public required string Url { get; init; }

    public required FrontMatter Front { get; init; }

    /// <summary>The whole file.</summary>
    public required string Text { get; init; }

    /// <summary>The Markdown behind the front matter, its lines counted as in the file.</summary>
    public required string Markdown { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required string Hash { get; init; }

    /// <summary>SHA-256 of all that the stored item follows from: the file, its source, the code that renders it.</summary>
    public required string Rendered { get; init; }

    public string Language => Front.Language ?? Source.Language;

    public (string Source, string Path) Key => (Source.Name, Path);
}

/// <summary>Everything below <c>content/</c>, read once.</summary>
internal sealed record ContentTree
{
    /// <summary>The folder, or <c>embedded:content</c>.</summary>
    public required string Place { get; init; }

    /// <summary>SHA-256 over all files, the sources and the way they are rendered.</summary>
    public required string Digest { get; init; }

    /// <summary>The files without a fault so far.</summary>
    public required IReadOnlyList<ContentDocument> Documents { get; init; }

    /// <summary>Files that are there but faulty: what is stored of them stays.</summary>
    public required IReadOnlySet<(string Source, string Path)> Faulty { get; init; }

    public required IReadOnlyList<ProfileFault> Faults { get; init; }
}
