using System.Text;

namespace Systemprompt.Content;

/// <summary>The part of a text that shows best why it was found: as HTML in which nothing but <c>&lt;mark&gt;</c> is markup.</summary>
internal static class Snippet
{
    private const int Width = 220;

    /// <summary>So much stands before the first word.</summary>
    private const int Lead = 60;

    private const string Ellipsis = "…";

    /// <param name="text">The text.</param>
    /// <param name="words">Words to mark, in lower case.</param>
    /// <param name="asked">Those of them that stand in the query itself: they draw the snippet to where they are.</param>
    /// <param name="startsWithin">Whether the text is cut at its start already.</param>
    public static string Of(string text, IReadOnlySet<string> words, IReadOnlySet<string> asked, bool startsWithin = false)
    {
        var found = WordReader.Read(text, parts: true).Where(word => words.Contains(word.Text)).ToList();
        var (from, to) = Window(text, found, asked);
        return $"{(from > 0 || startsWithin ? Ellipsis : "")}{Mark(text, from, to, found)}{(to < text.Length ? Ellipsis : "")}";
    }

    /// <summary>The title or another short text with its words marked.</summary>
    public static string Whole(string text, IReadOnlySet<string> words) => Mark(text, 0, text.Length, WordReader.Read(text, parts: true).Where(word => words.Contains(word.Text)));

    private static string Mark(string text, int from, int to, IEnumerable<Word> found)
    {
        var html = new StringBuilder();
        var at = from;
        foreach (var word in found)
        {
            if (word.Start < at || word.Start + word.Length > to) continue;
            Append(html, text.AsSpan(at, word.Start - at));
            html.Append("<mark>");
            Append(html, text.AsSpan(word.Start, word.Length));
            html.Append("</mark>");
            at = word.Start + word.Length;
        }

        Append(html, text.AsSpan(at, to - at));
        return html.ToString();
    }

    /// <summary>The window with the most different words in it, and then the most words; the first of equals.</summary>
    private static (int From, int To) Window(string text, List<Word> found, IReadOnlySet<string> asked)
    {
        int best = 0, bestScore = -1;
        for (var first = 0; first < found.Count; first++)
        {
            var inside = found.Skip(first).TakeWhile(word => word.Start + word.Length - found[first].Start <= Width - Lead).ToList();
            var score = (inside.Select(word => word.Text).Distinct().Sum(word => asked.Contains(word) ? 3 : 1) * 100) + Math.Min(inside.Count, 99);
            if (score > bestScore) (best, bestScore) = (first, score);
        }

        var start = found.Count == 0 ? 0 : Math.Max(0, found[best].Start - Lead);
        // Near the end the window reaches back, so that it is as wide as elsewhere.
        start = Math.Max(0, Math.Min(start, text.Length - Width));
        if (found.Count > 0) start = Math.Min(start, found[best].Start);
        while (start > 0 && !char.IsWhiteSpace(text[start - 1])) start--;
        var end = Math.Min(text.Length, start + Width);
        if (found.Count > 0) end = Math.Max(end, Math.Min(text.Length, found[best].Start + found[best].Length));
        while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return (start, end);
    }

    private static void Append(StringBuilder html, ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
            _ = letter switch
            {
                '&' => html.Append("&amp;"),
                '<' => html.Append("&lt;"),
                '>' => html.Append("&gt;"),
                '"' => html.Append("&quot;"),
                '\'' => html.Append("&#39;"),
                _ when char.IsWhiteSpace(letter) || char.IsControl(letter) => html.Length > 0 && html[^1] == ' ' ? html : html.Append(' '),
                _ => html.Append(letter),
            };
    }
}
