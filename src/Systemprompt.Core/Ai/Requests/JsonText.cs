using System.Text;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Strings out of JSON that somebody else wrote.</summary>
internal static class JsonText
{
    /// <summary>The string at the reader. Lone surrogates, written as escapes, become U+FFFD; nothing throws.</summary>
    public static string Of(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(reader.ValueSpan);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(reader.ValueSpan);
        }
    }

    /// <summary>The string at the reader, or null when it is none.</summary>
    public static string? OrNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? Of(ref reader) : null;

    // The slow path for a string that holds half a surrogate pair. The reader has checked the escapes' form already.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.UTF8.GetString(raw);
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u')
            {
                result.Append((char)Convert.ToUInt16(text.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
            {
                result.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var same => same });
            }
        }

        // Through bytes and back: the encoder puts U+FFFD where half a pair stands.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(result.ToString()));
    }
}
