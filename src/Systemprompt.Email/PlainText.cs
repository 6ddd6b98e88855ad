using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Systemprompt.Email;

/// <summary>The text part of a mail out of its HTML: paragraphs, lists and links survive, markup does not.</summary>
internal static partial class PlainText
{
    public static string From(string html)
    {
        var text = Invisible().Replace(html, "");
        text = Spaces().Replace(text, " ");
        text = Links().Replace(text, match => Link(match.Groups[1].Value, match.Groups[2].Value));
        text = Break().Replace(text, "\n");
        text = Item().Replace(text, "\n- ");
        text = Paragraph().Replace(text, "\n\n");
        text = Cell().Replace(text, "  ");
        text = Block().Replace(text, "\n");
        text = WebUtility.HtmlDecode(Tag().Replace(text, ""));
        return Tidy(text);
    }

    private static string Link(string address, string content)
    {
        var shown = Tag().Replace(content, "").Trim();
        return shown.Length == 0 || WebUtility.HtmlDecode(shown) == WebUtility.HtmlDecode(address) ? address : $"{shown} ({address})";
    }

    private static string Tidy(string text)
    {
        var output = new StringBuilder(text.Length);
        var blank = 1;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            blank = line.Length == 0 ? blank + 1 : 0;
            if (blank <= 1) output.Append(line).Append('\n');
        }

        return output.ToString().Trim('\n') + "\n";
    }

    [GeneratedRegex("<!--.*?-->|<!doctype[^>]*>|<(head|style|script)\\b.*?</\\1\\s*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Invisible();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("<a\\b[^>]*?\\bhref=\"([^\"]*)\"[^>]*>(.*?)</a\\s*>", RegexOptions.IgnoreCase)]
    private static partial Regex Links();

    [GeneratedRegex(" ?<br\\b[^>]*> ?", RegexOptions.IgnoreCase)]
    private static partial Regex Break();

    [GeneratedRegex("<li\\b[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Item();

    [GeneratedRegex("</?(p|h[1-6]|ul|ol|table|blockquote|hr)\\b[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Paragraph();

    [GeneratedRegex("</(td|th)\\s*>", RegexOptions.IgnoreCase)]
    private static partial Regex Cell();

    [GeneratedRegex("</?(div|tr|section|header|footer|main|article)\\b[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Block();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
