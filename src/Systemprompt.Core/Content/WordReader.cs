using System.Text;

namespace Systemprompt.Content;

/// <summary>A word in a text.</summary>
/// <param name="Start">Where it starts, in UTF-16 units.</param>
/// <param name="Length">How long it is there.</param>
/// <param name="Text">The word in lower case.</param>
internal readonly record struct Word(int Start, int Length, string Text);

/// <summary>
/// Finds words, for what is searched and for what is asked alike: runs of letters and digits. A name such as <c>server.external_url</c> is
/// three words in a row; <c>MapRoutes</c> is itself and its two parts, so that either finds it.
/// </summary>
internal static class WordReader
{
    /// <summary>Longer runs are data, not words.</summary>
    public const int Longest = 64;

    /// <summary>PostgreSQL takes at most 1 MB of words and positions of one text.</summary>
    private const int MostIndexed = 300_000;

    /// <summary>The words of a text in order.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parts">Whether the parts of a word written in camel case follow it.</param>
    public static IEnumerable<Word> Read(string text, bool parts)
    {
        for (var at = 0; at < text.Length;)
        {
            if (!IsPart(text, at, out var width))
            {
                at += width;
                continue;
            }

            var start = at;
            while (at < text.Length && IsPart(text, at, out width)) at += width;
            if (at - start > Longest) continue;
            var word = text[start..at];
            yield return new Word(start, at - start, word.ToLowerInvariant());
            if (!parts) continue;
            foreach (var (from, length) in CamelParts(word)) yield return new Word(start + from, length, word.Substring(from, length).ToLowerInvariant());
        }
    }

    /// <summary>A text as PostgreSQL gets it: its words alone, so that its parser finds the same ones.</summary>
    public static string Normalize(string? text)
    {
        if (text is null) return "";
        var result = new StringBuilder(Math.Min(text.Length, MostIndexed));
        var bytes = 0;
        foreach (var word in Read(text, parts: true))
        {
            if ((bytes += Encoding.UTF8.GetByteCount(word.Text) + 1) > MostIndexed) break;
            result.Append(word.Text).Append(' ');
        }

        return result.ToString();
    }

    private static IEnumerable<(int From, int Length)> CamelParts(string word)
    {
        var from = 0;
        for (var at = 1; at < word.Length; at++)
        {
            // A new part begins at a capital behind a small letter, and at the last capital of several before a small one: HTTPServer.
            var begins = char.IsUpper(word[at]) && (!char.IsUpper(word[at - 1]) || (at + 1 < word.Length && char.IsLower(word[at + 1])));
            if (!begins) continue;
            yield return (from, at - from);
            from = at;
        }

        if (from > 0) yield return (from, word.Length - from);
    }

    private static bool IsPart(string text, int at, out int width)
    {
        if (!Rune.TryGetRuneAt(text, at, out var rune))
        {
            width = 1;
            return false;
        }

        width = rune.Utf16SequenceLength;
        return Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark;
    }
}
