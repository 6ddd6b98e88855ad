using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Http.Bodies;

/// <summary>Strings of JSON that somebody else wrote, and that is well-formed.</summary>
internal static class DecodedJson
{
    private static ReadOnlySpan<byte> AsciiEscape => "\\u00"u8;

    /// <summary>Decodes the string or name that the reader stands on.</summary>
    /// <param name="reader">At a string or a property's name, in one piece of memory.</param>
    /// <param name="buffer">As long as the string's bytes, at least.</param>
    /// <returns>How many characters it has.</returns>
    public static int CopyTo(scoped ref Utf8JsonReader reader, scoped Span<char> buffer) => CopyTo(reader.ValueSpan, buffer);

    /// <summary>
    /// Decodes a string. Half a surrogate pair, written as an escape, becomes U+FFFD and spoils nothing around it: what reads the string after us, a provider
    /// or a shell, decodes the rest of it as well.
    /// </summary>
    /// <param name="raw">As it stands between its quotes.</param>
    /// <param name="buffer">As long as that, at least.</param>
    /// <returns>How many characters it has.</returns>
    public static int CopyTo(ReadOnlySpan<byte> raw, scoped Span<char> buffer)
    {
        var length = Encoding.UTF8.GetChars(raw, buffer);
        var escape = buffer[..length].IndexOf('\\');
        return escape < 0 ? length : Unescape(buffer[..length], escape);
    }

    /// <summary>The string or name that the reader stands on.</summary>
    public static string Text(ref Utf8JsonReader reader) => reader.ValueIsEscaped ? Text(reader.ValueSpan) : Encoding.UTF8.GetString(reader.ValueSpan);

    /// <summary>A string's text; null of what is no string. Unlike the element's own it never throws.</summary>
    public static string? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? Text(JsonMarshal.GetRawUtf8Value(element)[1..^1]) : null;

    /// <summary>The member of an object, the last one where it stands twice. Unlike the element's own search it never throws on a name.</summary>
    /// <param name="parent">Anything; what is no object has no members.</param>
    /// <param name="name">ASCII letters.</param>
    /// <param name="found">The member's value.</param>
    public static bool Find(JsonElement parent, ReadOnlySpan<byte> name, out JsonElement found)
    {
        found = default;
        if (parent.ValueKind != JsonValueKind.Object) return false;
        foreach (var member in parent.EnumerateObject())
            if (Is(JsonMarshal.GetRawUtf8PropertyName(member), name)) found = member.Value;
        return found.ValueKind != JsonValueKind.Undefined;
    }

    /// <summary>The text of a member that is a string, or null.</summary>
    public static string? Text(JsonElement parent, ReadOnlySpan<byte> name) => Find(parent, name, out var found) ? Text(found) : null;

    private static string Text(ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf((byte)'\\') < 0) return Encoding.UTF8.GetString(raw);
        var rented = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            return new string(rented, 0, CopyTo(raw, rented));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Puts what escapes stand for in their place, from the first of them on.</summary>
    /// <returns>How many characters are left.</returns>
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
                var unit = Unit(text, from) ?? '\uFFFD';
                from = Math.Min(from + 4, text.Length);
                if (char.IsHighSurrogate(unit) && from + 1 < text.Length && text[from] == '\\' && text[from + 1] == 'u' && Unit(text, from + 2) is { } low && char.IsLowSurrogate(low))
                {
                    from += 6;
                    (text[to], text[to + 1]) = (unit, low);
                    to += 2;
                }
                else
                {
                    text[to++] = char.IsSurrogate(unit) ? '\uFFFD' : unit;
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

    /// <summary>
    /// True when a small letter or an underscore is written as an escape somewhere, so that a word of them may be there which a search for it does not find. Signs
    /// and letters of other languages, which many clients write as escapes, are no part of one; and a backslash that is itself escaped begins none.
    /// </summary>
    public static bool MayHoldWords(ReadOnlySpan<byte> json)
    {
        var from = 0;
        while (json[from..].IndexOf(AsciiEscape) is var ahead and >= 0)
        {
            var at = from + ahead;
            from = at + AsciiEscape.Length;
            if (from + 2 > json.Length || !Utf8Parser.TryParse(json.Slice(from, 2), out byte unit, out _, 'x') || unit is not ((byte)'_' or (>= (byte)'a' and <= (byte)'z'))) continue;
            var front = json[..at];
            if ((front.Length - front.TrimEnd((byte)'\\').Length) % 2 == 0) return true;
        }

        return false;
    }

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
