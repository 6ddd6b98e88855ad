using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Systemprompt.Files;

/// <summary>Tells what a content is by how it begins. What the client says of it is not asked; its name only refines what the content allows.</summary>
internal static partial class MediaTypes
{
    /// <summary>So many bytes at the beginning are looked at.</summary>
    public const int HeadLength = 4096;

    /// <summary>What nothing is known of.</summary>
    public const string Unknown = "application/octet-stream";

    private const string Text = "text/plain";

    // Bytes that no text has (WHATWG MIME Sniffing, "binary data byte").
    private static readonly SearchValues<byte> Binary = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1c, 0x1d, 0x1e, 0x1f]);

    /// <summary>Kinds of text that have no beginning of their own, none of which a browser runs.</summary>
    private static readonly Dictionary<string, string> TextByName = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = "text/csv", [".tsv"] = "text/tab-separated-values", [".md"] = "text/markdown", [".json"] = "application/json", [".jsonl"] = "application/jsonl",
        [".yaml"] = "application/yaml", [".yml"] = "application/yaml", [".toml"] = "application/toml", [".sql"] = "application/sql", [".ics"] = "text/calendar",
        [".vcf"] = "text/vcard", [".eml"] = "message/rfc822",
    };

    private static readonly Dictionary<string, string> OfficeByName = new(StringComparer.OrdinalIgnoreCase)
    {
        [".docx"] = Office("wordprocessingml.document"), [".xlsx"] = Office("spreadsheetml.sheet"), [".pptx"] = Office("presentationml.presentation"),
    };

    private static readonly Dictionary<string, string> OldOfficeByName = new(StringComparer.OrdinalIgnoreCase)
    {
        [".doc"] = "application/msword", [".xls"] = "application/vnd.ms-excel", [".ppt"] = "application/vnd.ms-powerpoint", [".msg"] = "application/vnd.ms-outlook",
    };

    /// <summary>What a content is.</summary>
    /// <param name="head">Its first <see cref="HeadLength"/> bytes, or all of it.</param>
    /// <param name="name">What it is called.</param>
    public static string Of(ReadOnlySpan<byte> head, string name)
    {
        var ending = Path.GetExtension(name);
        if (MediaSignature.Find(head) is { } known)
            return known switch
            {
                MediaSignature.Zip => OfZip(head, ending),
                MediaSignature.OldOffice => OldOfficeByName.GetValueOrDefault(ending, known),
                _ => known,
            };
        return IsWide(head) || !head.ContainsAny(Binary) ? OfText(head, ending) : Unknown;
    }

    /// <summary>Whether a text is a media type, or a group of them such as <c>image/*</c>.</summary>
    public static bool IsPattern(string text) => text.Split('/') is [{ Length: > 0 } group, { Length: > 0 } kind] && IsToken(group) && (kind == "*" || IsToken(kind));

    /// <summary>Whether a media type is among patterns; no patterns take all.</summary>
    public static bool Matches(IReadOnlyList<string> patterns, string type)
    {
        if (patterns.Count == 0) return true;
        foreach (var pattern in patterns)
            if (pattern.EndsWith("/*", StringComparison.Ordinal) ? type.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) : pattern.Equals(type, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static string OfText(ReadOnlySpan<byte> head, string ending)
    {
        var start = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        start = start.TrimStart(" \t\r\n\f"u8);
        if (Begins(start, "<?xml")) return Holds(head, "<svg") ? "image/svg+xml" : Holds(head, "<html") ? "application/xhtml+xml" : "application/xml";
        if (Begins(start, "<svg")) return "image/svg+xml";
        if (Begins(start, "<!doctype html") || Begins(start, "<html") || Begins(start, "<head") || Begins(start, "<body") || Begins(start, "<script") || Begins(start, "<!--")) return "text/html";
        if (start.StartsWith("#!"u8)) return "text/x-shellscript";
        return TextByName.GetValueOrDefault(ending, Text);
    }

    /// <summary>Documents that are ZIP archives say what they are in their first entries.</summary>
    private static string OfZip(ReadOnlySpan<byte> head, string ending)
    {
        // EPUB and OpenDocument begin with an entry that is their media type, stored as it is. Any other word there is somebody's own.
        if (head.Length > 38 && head[30..].StartsWith("mimetype"u8))
        {
            var kind = head[38..];
            var end = kind.IndexOf("PK"u8);
            if (end is > 0 and < 100 && Encoding.Latin1.GetString(kind[..end]) is var text && (text == "application/epub+zip" || OpenDocument().IsMatch(text))) return text;
        }

        if (head.IndexOf("[Content_Types].xml"u8) >= 0)
            return head.IndexOf("word/"u8) >= 0 ? OfficeByName[".docx"]
                : head.IndexOf("xl/"u8) >= 0 ? OfficeByName[".xlsx"]
                : head.IndexOf("ppt/"u8) >= 0 ? OfficeByName[".pptx"]
                : OfficeByName.GetValueOrDefault(ending, MediaSignature.Zip);
        return head.IndexOf("META-INF/MANIFEST.MF"u8) >= 0 ? "application/java-archive" : MediaSignature.Zip;
    }

    // UTF-16 has zeros, and says so at its beginning.
    private static bool IsWide(ReadOnlySpan<byte> head) => head.Length >= 2 && (head is [0xff, 0xfe, ..] || head is [0xfe, 0xff, ..]);

    private static bool Begins(ReadOnlySpan<byte> text, string word) => text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);

    private static bool Holds(ReadOnlySpan<byte> text, string word)
    {
        for (var at = text.IndexOf((byte)'<'); at >= 0; at = text.IndexOf((byte)'<'))
        {
            if (Begins(text[at..], word)) return true;
            text = text[(at + 1)..];
        }

        return false;
    }

    private static bool IsToken(string text) => text.Length <= 127 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '!' or '#' or '$' or '&' or '-' or '^' or '_' or '.' or '+');

    private static string Office(string kind) => $"application/vnd.openxmlformats-officedocument.{kind}";

    [GeneratedRegex(@"\Aapplication/vnd\.oasis\.opendocument\.[a-z.-]{1,40}\z")]
    private static partial Regex OpenDocument();
}
