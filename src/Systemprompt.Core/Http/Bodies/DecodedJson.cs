using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Http.Bodies;

/// <summary>Strings of JSON that somebody else wrote, and that is well-formed.</summary>
internal static class DecodedJson
{
    /// <summary>Decodes the string or name that the reader stands on.</summary>
    /// <param name="reader">At a string or a property's name, in one piece of memory.</param>
    /// <param name="buffer">As long as the string's bytes, at least.</param>
    /// <returns>How many characters it has.</returns>
    public static int CopyTo(scoped ref Utf8JsonReader reader, scoped Span<char> buffer) => CopyTo(reader.ValueSpan, buffer);

    /// <summary>Decodes a string. Half a surrogate pair, written as an escape, has no decoded form: a string with one is given as it is written.</summary>
    /// <param name="raw">As it stands between its quotes.</param>
    /// <param name="buffer">As long as that, at least.</param>
    /// <returns>How many characters it has.</returns>
    public static int CopyTo(ReadOnlySpan<byte> raw, scoped Span<char> buffer)
    {
        var length = Encoding.UTF8.GetChars(raw, buffer);
        var escape = buffer[..length].IndexOf('\\');
        if (escape < 0) return length;
        var decoded = Unescape(buffer[..length], escape);
        return decoded >= 0 ? decoded : Encoding.UTF8.GetChars(raw, buffer);
    }

    /// <summary>Puts what escapes stand for in their place, from the first of them on.</summary>
    /// <returns>How many characters are left; -1 when half a surrogate pair is among them.</returns>
    private static int Unescape(Span<char> text, int escape)
    {
        var (to, from) = (escape, escape);
        while (from + 1 < text.Length)
        {
            // At a backslash.
            var letter = text[from + 1];
            from += 2;
            if (letter != 'u')
            {
                text[to++] = letter switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var same => same };
            }
            else
            {
                if (Unit(text, from) is not { } unit) return -1;
                from += 4;
                text[to++] = unit;
                if (char.IsLowSurrogate(unit)) return -1;
                if (char.IsHighSurrogate(unit))
                {
                    if (from + 1 >= text.Length || text[from] != '\\' || text[from + 1] != 'u' || Unit(text, from + 2) is not { } low || !char.IsLowSurrogate(low)) return -1;
                    from += 6;
                    text[to++] = low;
                }
            }

            var rest = text[from..];
            var plain = rest.IndexOf('\\');
            if (plain < 0) plain = rest.Length;
            rest[..plain].CopyTo(text[to..]);
            (to, from) = (to + plain, from + plain);
        }

        return to;
    }

    private static char? Unit(ReadOnlySpan<char> text, int at) =>
        at + 4 <= text.Length && ushort.TryParse(text.Slice(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;

    /// <summary>True when a string, given as it stands between its quotes, is this word of ASCII letters.</summary>
    public static bool Is(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
        {
            if (raw.IsEmpty) return false;
            if (raw[0] != '\\')
            {
                if (raw[0] != letter) return false;
                raw = raw[1..];
                continue;
            }

            // The short escapes stand for nothing that is in a word.
            if (raw.Length < 6 || raw[1] != 'u' || !Utf8Parser.TryParse(raw.Slice(2, 4), out ushort unit, out _, 'x') || unit != letter) return false;
            raw = raw[6..];
        }

        return raw.IsEmpty;
    }
}
