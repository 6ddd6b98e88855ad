using System.Globalization;
using System.Text;

namespace Systemprompt.Email;

/// <summary>The encodings of mail: encoded words for headers (RFC 2047), quoted-printable for bodies (RFC 2045). Output is ASCII with CRLF.</summary>
internal static class MimeText
{
    /// <summary>Bytes an encoded word may carry so that it stays within 75 characters as base64.</summary>
    private const int WordBytes = 45;
    private const int LineLength = 76;

    /// <summary>A header value of unstructured text. Control characters, line breaks among them, become spaces: nothing can add a header.</summary>
    public static string HeaderText(string text, int used)
    {
        var clean = Clean(text);
        return clean.All(c => c is >= ' ' and <= '~') && !clean.Contains("=?", StringComparison.Ordinal) ? Fold(clean, used) : EncodedWords(clean);
    }

    /// <summary>A mailbox for a From or To header.</summary>
    public static string HeaderMailbox(MailMailbox mailbox)
    {
        var name = Clean(mailbox.Name);
        if (name.Length == 0) return mailbox.Address;
        var shown = name.All(c => c is >= ' ' and <= '~') && !name.Contains("=?", StringComparison.Ordinal)
            ? $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : EncodedWords(name);
        return $"{shown}\r\n <{mailbox.Address}>";
    }

    /// <summary>A body in quoted-printable. Any line break becomes CRLF.</summary>
    public static string QuotedPrintable(string text)
    {
        var output = new StringBuilder(text.Length + (text.Length / 8));
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            QuoteLine(Encoding.UTF8.GetBytes(line), output);
            output.Append("\r\n");
        }

        return output.ToString();
    }

    private static void QuoteLine(byte[] line, StringBuilder output)
    {
        var column = 0;
        for (var at = 0; at < line.Length; at++)
        {
            var value = line[at];
            var last = at == line.Length - 1;
            // White space at the end of a line, a dot at its start and "From " are altered on the way by some servers.
            var plain = value is >= 33 and <= 126 and not (byte)'='
                ? !(column == 0 && (value == '.' || (value == 'F' && line.AsSpan(at).StartsWith("From "u8))))
                : value is (byte)' ' or (byte)'\t' && !last;
            var width = plain ? 1 : 3;
            if (column + width > LineLength - (last ? 0 : 1))
            {
                output.Append("=\r\n");
                column = 0;
                at--;
                continue;
            }

            if (plain) output.Append((char)value);
            else output.Append('=').Append(value.ToString("X2", CultureInfo.InvariantCulture));
            column += width;
        }
    }

    private static string Clean(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim();

    /// <summary>Breaks at spaces, so that no line passes 78 characters where a space allows it.</summary>
    private static string Fold(string text, int used)
    {
        var output = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (output.Length > 0)
            {
                var breaks = used + 1 + word.Length > LineLength && word.Length > 0;
                output.Append(breaks ? "\r\n " : " ");
                used = breaks ? 1 : used + 1;
            }

            output.Append(word);
            used += word.Length;
        }

        return output.ToString();
    }

    private static string EncodedWords(string text)
    {
        var words = new List<string>();
        var chunk = new List<byte>(WordBytes);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(bytes);
            if (chunk.Count + length > WordBytes)
            {
                words.Add(Word(chunk));
                chunk.Clear();
            }

            chunk.AddRange(bytes[..length]);
        }

        if (chunk.Count > 0) words.Add(Word(chunk));
        return string.Join("\r\n ", words);
    }

    private static string Word(List<byte> bytes) => $"=?utf-8?B?{Convert.ToBase64String(bytes.ToArray())}?=";
}
