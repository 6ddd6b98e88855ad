using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>Strings out of JSON that somebody else wrote.</summary>
internal static class JsonText
{
    /// <summary>The string at the reader. Lone surrogates, written as escapes, become U+FFFD; nothing throws.</summary>
    public static string Of(ref Utf8JsonReader reader) => DecodedJson.Text(ref reader);

    /// <summary>True when the name or string at the reader is this word of ASCII letters. Unlike the reader's own comparison it never throws.</summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> word) =>
        reader.ValueIsEscaped ? DecodedJson.Is(reader.ValueSpan, word) : reader.ValueSpan.SequenceEqual(word);

    /// <summary>The string at the reader, or null when it is none.</summary>
    public static string? OrNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? Of(ref reader) : null;
}
