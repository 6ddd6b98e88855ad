using System.Text.RegularExpressions;
using Systemprompt.Extensions;

namespace Systemprompt.Content;

/// <summary>From a file's path to its address. An address follows from the path alone, so that a link can be turned into one without reading its target.</summary>
internal static partial class ContentPath
{
    public const string Ending = ".md";
    private const int Longest = 300;

    /// <summary>Why a path below a source's folder cannot be an address; null when it can.</summary>
    public static string? Fault(string path)
    {
        if (path.Length > Longest) return $"its path is longer than {Longest} characters";
        foreach (var part in path[..^Ending.Length].Split('/'))
            if (!Part().IsMatch(part)) return $"its name cannot be an address: each part is 1 to 100 of A-Z, a-z, 0-9, '-', '_' and '.', starting with a letter or digit; rename it";
        return null;
    }

    /// <summary>The address of a file: its path without its ending, in lower case; <c>index</c> and <c>readme</c> are their folder's.</summary>
    public static string Url(ContentSource source, string path, string? slug = null)
    {
        var parts = path[..^Ending.Length].ToLowerInvariant().Split('/');
        var last = slug ?? (parts[^1] is "index" or "readme" ? null : parts[^1]);
        return string.Join('/', [source.UrlPrefix, .. parts[..^1], .. last is null ? (IEnumerable<string>)[] : [last]]);
    }

    public static bool IsSlug(string text) => Slug().IsMatch(text);

    public static bool IsUrl(string text) => text.Length <= Longest && UrlForm().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex Part();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,99}\z")]
    private static partial Regex Slug();

    [GeneratedRegex(@"\A(/[A-Za-z0-9][A-Za-z0-9._-]*)+\z")]
    private static partial Regex UrlForm();
}
