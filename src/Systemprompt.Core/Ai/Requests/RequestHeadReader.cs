using System.Text.Json;
using System.Text.Unicode;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a request in one pass: the whole body must be one well-formed JSON object in UTF-8 (RFC 8259), of which a few fields
/// are taken. A field that stands twice is refused, because the provider might read another one than the policies did.
/// </summary>
internal static class RequestHeadReader
{
    /// <summary>Deepest nesting taken. What reads the body later (policies) must go as deep.</summary>
    public const int MaxDepth = 256;

    /// <summary>How many parts at the end of a conversation are told apart: results of tools, and the calls that they belong to.</summary>
    private const int MostParts = ToolRuns.Most + 8;

    /// <returns>Null, or what is wrong and where, for the person at the client. It never quotes the body.</returns>
    public static string? Read(ReadOnlySpan<byte> body, RequestFields fields, out RequestHead head)
    {
        head = default;
        if (!Utf8.IsValid(body)) return "the request body is not valid UTF-8";
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            return ReadObject(ref reader, fields, ref head);
        }
        catch (JsonException exception)
        {
            return $"the request body is not valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} of that line"
                // The depth is that of the last bracket read, counted from 0.
                + (reader.CurrentDepth >= MaxDepth - 1 ? $" (nested deeper than {MaxDepth})" : "");
        }
    }

    private static string? ReadObject(ref Utf8JsonReader reader, RequestFields fields, ref RequestHead head)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return "the request body must be a JSON object";
        if (fields.HasStreamOptions) head = head with { UsageAsked = StreamOptions.Absent((int)reader.TokenStartIndex) };
        var seen = RequestField.None;
        string? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = fields.Find(ref reader);
            if (field != RequestField.None && seen.HasFlag(field)) fault ??= $"{RequestFields.Name(field)}: stands twice";
            seen |= field;
            if (field == RequestField.None && fields.Resembled(ref reader) is not RequestField.None and var meant)
                fault ??= $"{RequestFields.Name(meant)}: stands here in another case, which some providers take for the field; write it in lower case";
            reader.Read();
            fault ??= Take(field, ref reader, ref head);
            if (field is RequestField.Messages or RequestField.Input && reader.TokenType == JsonTokenType.StartArray)
            {
                var parts = Parts(ref reader, areItems: field == RequestField.Input, out var unseen);
                head = head with { LastParts = parts, HasUnseenInput = head.HasUnseenInput || unseen };
            }

            reader.Skip();
        }

        // What follows the object must be blank.
        while (reader.Read()) { }

        head = head with { IsWellFormed = true };
        return fault;
    }

    /// <summary>Where the last parts of a conversation stand, leaving the reader at its end.</summary>
    /// <param name="reader">At the beginning of an array.</param>
    /// <param name="areItems">True for the items of a Responses input.</param>
    /// <param name="unseen">True when one of those is not there itself.</param>
    private static Range[] Parts(ref Utf8JsonReader reader, bool areItems, out bool unseen)
    {
        unseen = false;
        Span<Range> last = stackalloc Range[MostParts];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var (isObject, start) = (reader.TokenType == JsonTokenType.StartObject, (int)reader.TokenStartIndex);
            if (isObject && areItems) unseen |= UnseenInput.IsReference(ref reader);
            else reader.Skip();
            if (isObject) last[count++ % MostParts] = start..(int)reader.BytesConsumed;
        }

        if (count <= MostParts) return last[..count].ToArray();
        var oldest = count % MostParts;
        return [.. last[oldest..], .. last[..oldest]];
    }

    private static string? Take(RequestField field, ref Utf8JsonReader reader, ref RequestHead head)
    {
        switch (field)
        {
            case RequestField.Model when reader.TokenType != JsonTokenType.String:
                return "model: must be a string";
            case RequestField.Model:
                head = head with { Model = JsonText.Of(ref reader), ModelAt = (int)reader.TokenStartIndex, ModelLength = reader.ValueSpan.Length + 2 };
                return null;
            case RequestField.Stream when reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null):
                return "stream: must be true or false";
            case RequestField.Stream:
                head = head with { Stream = reader.TokenType == JsonTokenType.True };
                return null;
            case RequestField.MaxTokens or RequestField.MaxCompletionTokens or RequestField.MaxOutputTokens when Whole(ref reader) is { } tokens:
                // Of the two that Chat Completions has, most providers heed the newer.
                if (head.MaxTokens is null || field == RequestField.MaxCompletionTokens) head = head with { MaxTokens = tokens };
                head = head with { MostTokens = Math.Max(head.MostTokens ?? 0, tokens) };
                return null;
            case RequestField.N when Whole(ref reader) is { } choices:
                head = head with { Choices = choices };
                return null;
            case RequestField.Metadata when reader.TokenType == JsonTokenType.StartObject:
                head = head with { SessionId = SessionIds.FromMetadata(ref reader) ?? head.SessionId };
                return null;
            case RequestField.PromptCacheKey when reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= 4096:
                head = head with { SessionId = head.SessionId ?? JsonText.Of(ref reader) };
                return null;
            case RequestField.Tools when reader.TokenType == JsonTokenType.StartArray:
                var (any, reach) = Tools(ref reader);
                head = head with { HasTools = any, HasUnseenInput = head.HasUnseenInput || reach == ToolReach.Provider, HasKeptSearch = reach == ToolReach.KeptPages };
                return null;
            case RequestField.Container or RequestField.McpServers or RequestField.WebSearchOptions or RequestField.PreviousResponseId or RequestField.Conversation or RequestField.Prompt
                when UnseenInput.IsGiven(reader):
                head = head with { HasUnseenInput = true };
                return null;
            case RequestField.StreamOptions:
                head = head with { UsageAsked = StreamOptions.Read(ref reader) };
                return null;
            default:
                return null;
        }
    }

    /// <summary>Whether there are tools, and how far one of them reaches, leaving the reader at the end of them.</summary>
    private static (bool Any, ToolReach Reach) Tools(ref Utf8JsonReader reader)
    {
        var (any, reach) = (false, ToolReach.Client);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            any = true;
            if (reader.TokenType != JsonTokenType.StartObject) reader.Skip();
            else if (ToolReaches.Of(ref reader) is var its && its > reach) reach = its;
        }

        return (any, reach);
    }

    /// <summary>A whole number, also where it is written as 64000.0 or 6.4e4; null of anything else.</summary>
    private static long? Whole(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.Number ? null
        : reader.TryGetInt64(out var whole) ? whole
        : reader.TryGetDouble(out var number) && double.IsInteger(number) && Math.Abs(number) < long.MaxValue ? (long)number : null;
}
