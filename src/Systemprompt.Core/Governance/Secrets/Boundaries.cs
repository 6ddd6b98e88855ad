using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>Whether a credential can begin or end at a place: it is a word of its own, and no piece of a longer word or of an encoded file.</summary>
internal static class Boundaries
{
    private const int Blob = 48;
    private static readonly SearchValues<char> BlobLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    public static bool Starts(ReadOnlySpan<char> text, int at)
    {
        if (at == 0) return true;
        var before = text[at - 1];
        if (char.IsAsciiLetterOrDigit(before) || before == '_') return IsEscape(text, at);
        // Base64 of an image holds every short prefix once in a while.
        return before is not ('+' or '/') || at < Blob || text[(at - Blob)..at].ContainsAnyExcept(BlobLetters);
    }

    public static bool Ends(ReadOnlySpan<char> text, int at) => at >= text.Length || !char.IsAsciiLetterOrDigit(text[at]);

    /// <summary>A text in a text: the letter before belongs to <c>\n</c>, <c>%3D</c> or <c>\u003d</c>.</summary>
    private static bool IsEscape(ReadOnlySpan<char> text, int at) =>
        (at >= 2 && text[at - 2] == '\\' && text[at - 1] is ('n' or 'r' or 't' or 'b' or 'f'))
        || (at >= 3 && text[at - 3] == '%' && char.IsAsciiHexDigit(text[at - 2]) && char.IsAsciiHexDigit(text[at - 1]))
        || (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && !text[(at - 4)..at].ContainsAnyExcept(Alphabets.Hex));
}
