using System.Text.RegularExpressions;
using Systemprompt.Extensions;

namespace Systemprompt.Content;

/// <summary>The sources of the enabled extensions, checked: names, folders and prefixes fit and stand once.</summary>
internal sealed partial class SourceCatalogue
{
    /// <exception cref="ExtensionException">A source does not fit; the message names its extension.</exception>
    public SourceCatalogue(ExtensionRegistry extensions)
    {
        var all = new List<ContentSource>();
        foreach (var extension in extensions.Enabled)
            foreach (var source in extension.ContentSources)
            {
                if (Fault(source) is { } fault) throw new ExtensionException($"extension '{extension.Id}': content source '{source.Name}': {fault}");
                if (all.Find(other => other.Name == source.Name || other.Folder == source.Folder || other.UrlPrefix == source.UrlPrefix) is { } same)
                    throw new ExtensionException($"extension '{extension.Id}': content source '{source.Name}' has the name, folder or prefix of '{same.Name}'; sources share none");
                all.Add(source);
            }

        All = all;
    }

    /// <summary>The sources, in the order of their extensions.</summary>
    public IReadOnlyList<ContentSource> All { get; }

    /// <summary>The source that a path below <c>content/</c> belongs to: the one with the longest folder.</summary>
    public ContentSource? Of(string path) =>
        All.Where(source => path.StartsWith(source.Folder + "/", StringComparison.Ordinal)).MaxBy(source => source.Folder.Length);

    /// <summary>Whether an address is answered by a source's routes.</summary>
    public bool Serves(string url) => All.Any(source => url == source.UrlPrefix || url.StartsWith(source.UrlPrefix + "/", StringComparison.Ordinal));

    private static readonly string[] Taken = ["api", "assets", "files", "git", "health", "login", "marketplace", "mcp", "metrics", "oauth", "search", "v1"];

    private static string? Fault(ContentSource source) =>
        !Name().IsMatch(source.Name) ? "a name is 1 to 40 of a-z, 0-9, - and _, starting with a letter"
        : !Folder().IsMatch(source.Folder) ? $"'{source.Folder}' is no folder below content/, such as docs or handbook/public"
        : !Prefix().IsMatch(source.UrlPrefix) ? $"'{source.UrlPrefix}' is no prefix such as /docs: parts of a-z, 0-9, - and _, each after a /"
        : Taken.Contains(source.UrlPrefix.Split('/')[1]) ? $"'{source.UrlPrefix}' is taken: /{string.Join(", /", Taken)} are the server's"
        : !Name().IsMatch(source.Kind) ? $"'{source.Kind}' is no kind: 1 to 40 of a-z, 0-9, - and _, starting with a letter"
        : !Languages.IsKnown(source.Language) ? $"'{source.Language}' is no language known here; {Languages.Known}"
        : null;

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,39}\z")]
    internal static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*\z")]
    private static partial Regex Folder();

    [GeneratedRegex(@"\A(/[a-z0-9][a-z0-9_-]*)+\z")]
    private static partial Regex Prefix();
}

/// <summary>Languages that text search knows word forms of.</summary>
internal static class Languages
{
    /// <summary>Stands for every other language: words are matched as they are written.</summary>
    public const string Other = "xx";

    private static readonly string[] Codes = ["da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "tr", Other];

    public static string Known => $"known are {string.Join(", ", Codes)} ({Other} for any other)";

    public static bool IsKnown(string code) => Codes.Contains(code);
}
