using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>A name and its value, as code, settings, JSON, headers and command lines write them: <c>datadog_api_key: "…"</c>.</summary>
internal static class Assignment
{
    private const int LongestName = 32;
    private const int LongestGap = 16;

    /// <summary>How many characters stand between the known part of a name and its value at most.</summary>
    public const int Longest = LongestName + LongestGap;

    // Hashes and ids have the form of many keys, and are public.
    private static readonly SearchValues<string> Public = SearchValues.Create(
        ["commit", "sha", "revision", "digest", "checksum", "hash", "version", "release", "etag", "integrity", "fingerprint", "_id", "-id", " id", "appid", "clientid", "accountid", "orgid", "userid", "project", "tenant", "workspace"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> Name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. ");
    private static readonly SearchValues<char> Identifier = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    private static readonly SearchValues<char> Gap = SearchValues.Create(" \t\"'`\\=:>,|([");
    private static readonly SearchValues<char> Signs = SearchValues.Create("=:>,(");

    /// <summary>Whether the name says that its value is a hash or an id of something.</summary>
    public static bool IsPublic(ReadOnlySpan<char> name) => name.ContainsAny(Public);

    /// <summary>Where the value begins, given where the known part of the name ends; -1 when nothing is assigned. The rest of the name may follow.</summary>
    /// <param name="text">The text.</param>
    /// <param name="nameEnd">Where the known part of the name ends.</param>
    /// <param name="words">Whether the name may be several words, as a person writes it.</param>
    public static int Value(ReadOnlySpan<char> text, int nameEnd, bool words = true)
    {
        var rest = text[nameEnd..];
        var head = rest[..Math.Min(rest.Length, LongestName)];
        var name = head.IndexOfAnyExcept(words ? Name : Identifier);
        if (name < 0) return -1;
        var behind = rest[name..];
        var ahead = behind[..Math.Min(behind.Length, LongestGap)];
        var gap = ahead.IndexOfAnyExcept(Gap);
        if (gap < 0) gap = ahead.Length;
        if (gap == 0 || !ahead[..gap].ContainsAny(Signs)) return -1;
        var value = nameEnd + name + gap;
        return value < text.Length ? value : -1;
    }
}
