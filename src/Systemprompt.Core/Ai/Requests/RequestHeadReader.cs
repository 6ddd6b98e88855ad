using System.Text.Json;
using System.Text.Unicode;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a Messages request in one pass: the whole body must be one well-formed JSON object in UTF-8 (RFC 8259), of which four fields
/// are taken. A field that stands twice is refused, because the provider might read another one than the policies did.
/// </summary>
internal static class RequestHeadReader
{
    /// <summary>Deepest nesting taken. What reads the body later (policies) must go as deep.</summary>
    public const int MaxDepth = 256;

    /// <returns>Null, or what is wrong and where, for the person at the client. It never quotes the body.</returns>
    public static string? Read(ReadOnlySpan<byte> body, out RequestHead head)
    {
        head = default;
        if (!Utf8.IsValid(body)) return "the request body is not valid UTF-8";
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            return ReadObject(ref reader, ref head);
        }
        catch (JsonException exception)
        {
            return $"the request body is not valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} of that line"
                // The depth is that of the last bracket read, counted from 0.
                + (reader.CurrentDepth >= MaxDepth - 1 ? $" (nested deeper than {MaxDepth})" : "");
        }
    }

    private static string? ReadObject(ref Utf8JsonReader reader, ref RequestHead head)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return "the request body must be a JSON object";
        var seen = Field.None;
        string? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Known(ref reader);
            if (field != Field.None && seen.HasFlag(field)) fault ??= $"{Name(field)}: stands twice";
            seen |= field;
            reader.Read();
            fault ??= Take(field, ref reader, ref head);
            reader.Skip();
        }

        // What follows the object must be blank.
        while (reader.Read()) { }

        return fault;
    }

    private static string? Take(Field field, ref Utf8JsonReader reader, ref RequestHead head)
    {
        switch (field)
        {
            case Field.Model when reader.TokenType != JsonTokenType.String:
                return "model: must be a string";
            case Field.Model:
                head = head with { Model = JsonText.Of(ref reader) };
                return null;
            case Field.Stream when reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null):
                return "stream: must be true or false";
            case Field.Stream:
                head = head with { Stream = reader.TokenType == JsonTokenType.True };
                return null;
            case Field.MaxTokens when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var tokens):
                head = head with { MaxTokens = tokens };
                return null;
            case Field.Metadata when reader.TokenType == JsonTokenType.StartObject:
                head = head with { SessionId = SessionIds.FromMetadata(ref reader) };
                return null;
            default:
                return null;
        }
    }

    private static Field Known(ref Utf8JsonReader reader)
    {
        if (JsonText.Is(ref reader, "model"u8)) return Field.Model;
        if (JsonText.Is(ref reader, "stream"u8)) return Field.Stream;
        if (JsonText.Is(ref reader, "max_tokens"u8)) return Field.MaxTokens;
        if (JsonText.Is(ref reader, "metadata"u8)) return Field.Metadata;
        if (JsonText.Is(ref reader, "messages"u8)) return Field.Messages;
        if (JsonText.Is(ref reader, "system"u8)) return Field.System;
        return JsonText.Is(ref reader, "tools"u8) ? Field.Tools : Field.None;
    }

    private static string Name(Field field) => field switch
    {
        Field.Model => "model",
        Field.Stream => "stream",
        Field.MaxTokens => "max_tokens",
        Field.Messages => "messages",
        Field.System => "system",
        Field.Tools => "tools",
        _ => "metadata",
    };

    [Flags]
    private enum Field
    {
        None = 0,
        Model = 1,
        Stream = 2,
        MaxTokens = 4,
        Metadata = 8,
        Messages = 16,
        System = 32,
        Tools = 64,
    }
}
