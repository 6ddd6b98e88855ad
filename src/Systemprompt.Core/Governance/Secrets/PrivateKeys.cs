using System.Buffers;
using System.Globalization;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// Private keys as files hold them. A key is known by its beginning and goes as far as it looks like one, so that nothing of it stays behind where its end
/// was cut off.
/// </summary>
internal static class PrivateKeys
{
    /// <summary>How far from a member of a JSON Web Key its kind may stand: all members of one of 4096 bits take about 4000 characters.</summary>
    public const int Around = SecretShapes.LongestToken;

    // A key of 16384 bits has about 13 000 letters.
    private const int Longest = 16 * 1024;

    // In front of the first line a file may say how it is encrypted, and who made it.
    private const int LongestHead = 1024;

    private const int LeastBody = 64;
    private const int LeastLine = 20;
    private const int LeastPuttyLine = 40;
    private const int LeastMember = 42;

    // What stands between two lines: breaks, an indent, a line's number, quotes and signs of a program's source.
    private const int LongestGap = 32;

    // Of PuTTY's private lines, each with what ends it.
    private const int LongestLine = 100;
    private const int MostLines = 160;

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    private static readonly SearchValues<char> LettersAndBreaks = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\\");

    /// <summary>A PEM header of a private key with a body behind it (RFC 7468); the lines may be escaped, as in JSON in JSON. The end may be missing.</summary>
    public static SecretSpan Pem(ReadOnlySpan<char> text, int at)
    {
        var body = PemBody(text, at);
        if (body < 0) return default;
        var rest = SecretShapes.Cut(text[body..], Longest);
        var end = SecretShapes.Cut(rest, SecretShapes.LongestToken).IndexOf("-----", StringComparison.Ordinal);
        if (end >= 0) return end >= LeastBody && LongestRun(rest[..end], Alphabets.Base64) >= LeastLine ? new SecretSpan(at, body + end - at, body) : default;
        end = rest.Length < LeastBody ? 0 : LinesEnd(rest, LongestHead);
        return end > 0 ? new SecretSpan(at, body + end - at, body) : default;
    }

    /// <summary>Whether the text ends within such a body, of which there is not yet enough.</summary>
    public static bool PemGoesOn(ReadOnlySpan<char> text, int at)
    {
        var body = PemBody(text, at);
        if (body < 0 || body == text.Length) return false;
        var rest = text[body..];
        if (rest.Contains("-----", StringComparison.Ordinal)) return false;
        return (rest.Length < LeastBody && !rest.ContainsAnyExcept(LettersAndBreaks)) || Letters.Contains(rest[^1]);
    }

    /// <summary>A key file of PuTTY, whose private lines are base64; it says how many there are.</summary>
    public static SecretSpan Putty(ReadOnlySpan<char> text, int at)
    {
        var begin = PuttyLines(text, at);
        if (begin < 0) return default;
        var rest = SecretShapes.Cut(text[begin..], Longest);
        var behind = rest.TrimStart(' ');
        var digits = SecretShapes.Run(behind, Alphabets.Digits);
        var value = begin + rest.Length - behind.Length + digits.Length;
        var count = digits.Length is > 0 and < 4 ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) : MostLines;
        rest = behind[digits.Length..];
        // The first line stands directly behind the count. To look further for it would make a text of many headers dear.
        if (LongestRun(SecretShapes.Cut(rest, 256), Alphabets.Base64) < LeastPuttyLine) return default;
        // Without the line behind them, or with one that is further than it can be, they go as far as they look like it.
        var end = SecretShapes.Cut(rest, Math.Min(count, MostLines) * LongestLine).IndexOf("Private-MAC", StringComparison.Ordinal);
        if (end < 0) end = LinesEnd(rest, LongestGap);
        return new SecretSpan(at, value + end - at, value);
    }

    /// <summary>Whether the text ends within private lines, of which there are not yet enough.</summary>
    public static bool PuttyGoesOn(ReadOnlySpan<char> text, int at) => PuttyLines(text, at) is >= 0 and var begin && !text[begin..].ContainsAnyExcept(LettersAndBreaks);

    /// <summary>A private member of a JSON Web Key (RFC 7517), which has its kind beside it. Each is found for itself, so that all of them are taken out.</summary>
    public static SecretShape JsonWeb(string member) => (text, at) =>
    {
        if (Assignment.Value(text, at + member.Length + 2) is not (>= 0 and var value)) return default;
        var run = SecretShapes.Run(SecretShapes.Cut(text[value..], SecretShapes.LongestToken), Alphabets.Word).Length;
        if (run < LeastMember) return default;
        var around = text[Math.Max(0, at - Around)..Math.Min(text.Length, at + Around)];
        return around.Contains("\"kty\"", StringComparison.Ordinal) ? new SecretSpan(value, run, value) : default;
    };

    /// <summary>Whether the text ends within such a member, or behind one that is long enough and whose kind may still come.</summary>
    public static SecretHold JsonWebGoesOn(string member) => (text, at) =>
    {
        if (Assignment.Value(text, at + member.Length + 2) is not (>= 0 and var value)) return false;
        var end = value + SecretShapes.Run(text[value..], Alphabets.Word).Length;
        return end == text.Length || (end - value >= LeastMember && !text[end..].Contains('}'));
    };

    /// <summary>Where a PEM header of a private key ends, or -1.</summary>
    private static int PemBody(ReadOnlySpan<char> text, int at)
    {
        var header = SecretShapes.Cut(text[at..], 80);
        var kind = header.IndexOf("PRIVATE KEY", StringComparison.Ordinal);
        if (kind < 0 || header[..kind].ContainsAny('\n', '\\')) return -1;
        var end = header[kind..].IndexOf("-----", StringComparison.Ordinal);
        return end < 0 ? -1 : at + kind + end + 5;
    }

    /// <summary>Where PuTTY says how many private lines follow, or -1.</summary>
    private static int PuttyLines(ReadOnlySpan<char> text, int at)
    {
        const string Lines = "Private-Lines:";
        var lines = SecretShapes.Cut(text[at..], SecretShapes.LongestToken).IndexOf(Lines, StringComparison.Ordinal);
        return lines < 0 ? -1 : at + lines + Lines.Length;
    }

    /// <summary>Where lines of base64 end, the first of which begins within so many characters; 0 when there is none.</summary>
    private static int LinesEnd(ReadOnlySpan<char> text, int within)
    {
        var end = LineEnd(text, 0, within);
        if (end == 0) return 0;
        while (LineEnd(text, end, LongestGap) is > 0 and var next) end = next;
        return LastEnd(text, end);
    }

    /// <summary>Where a line ends that begins within so many characters and that chance could have written, or 0.</summary>
    private static int LineEnd(ReadOnlySpan<char> text, int from, int within)
    {
        var last = Math.Min(text.Length, from + within);
        for (var at = from; at < last; at++)
        {
            var run = SecretShapes.Run(text[at..], Letters);
            at += run.Length;
            // A path has letters of base64 too, but seldom changes between their kinds.
            if (run.Length >= LeastLine && NamedSecrets.Turns(run) * 6 >= run.Length) return at;
        }

        return 0;
    }

    /// <summary>A key's last line is short: a word that has its line to itself.</summary>
    private static int LastEnd(ReadOnlySpan<char> text, int end)
    {
        var start = end;
        while (start < text.Length && text[start] is ' ' or '\t' or '\r' or '\n' or '\\')
        {
            // \n of a text in a text: its letter is no part of the line.
            var escapes = text[start] == '\\' && start + 1 < text.Length && text[start + 1] is 'n' or 'r';
            start += escapes ? 2 : 1;
        }

        if (start == end || start >= text.Length) return end;
        var run = SecretShapes.Run(text[start..], Letters).Length;
        var stop = start + run;
        var isLine = stop == text.Length || text[stop] is '\r' or '\n' or '\\' or '"' or '\'' or '`' or '<';
        return run is > 0 and < LeastLine && isLine ? stop : end;
    }

    private static int LongestRun(ReadOnlySpan<char> text, SearchValues<char> alphabet)
    {
        var longest = 0;
        while (!text.IsEmpty)
        {
            var run = SecretShapes.Run(text, alphabet).Length;
            longest = Math.Max(longest, run);
            text = text[Math.Min(text.Length, run + 1)..];
        }

        return longest;
    }
}
