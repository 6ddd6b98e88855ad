using System.Text;
using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>Strings out of JSON that somebody else wrote.</summary>
internal static class JsonText
{
    /// <summary>The string at the reader. Lone surrogates, written as escapes, become U+FFFD; nothing throws.</summary>
    public static string Of(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(reader.ValueSpan);
        // Half a surrogate pair can stand only where \u does, and there the reader would throw: too dear for what a client can send by the million.
        return reader.ValueSpan.IndexOf("\\u"u8) < 0 ? reader.GetString()! : Unescape(reader.ValueSpan);
    }

    /// <summary>True when the name or string at the reader is this word of ASCII letters. Unlike the reader's own comparison it never throws.</summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> word) =>
        reader.ValueIsEscaped ? DecodedJson.Is(reader.ValueSpan, word) : reader.ValueSpan.SequenceEqual(word);

    /// <summary>The string at the reader, or null when it is none.</summary>
    public static string? OrNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? Of(ref reader) : null;

    // The reader has checked the escapes' form already.
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
