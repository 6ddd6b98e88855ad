using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// <c>stream_options.include_usage</c> of a Chat Completions request: without it a stream does not say what it came to. Everything else of the
/// body stays as it is.
/// </summary>
internal static class StreamOptions
{
    private const string Asked = "\"include_usage\":true";

    /// <summary>The change for a request that has no such options.</summary>
    /// <param name="brace">Where the request's object begins.</param>
    public static Splice Absent(int brace) => new(brace + 1, 0, $"\"stream_options\":{{{Asked}}},");

    /// <summary>The change for the options at the reader, which is left on their last token; null when they ask already, or are no options.</summary>
    public static Splice? Read(ref Utf8JsonReader reader)
    {
        var at = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.Null) return new Splice(at, "null".Length, $"{{{Asked}}}");
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        var isEmpty = true;
        Splice? change = null;
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            var isUsage = JsonText.Is(ref reader, "include_usage"u8);
            reader.Read();
            if (isUsage)
            {
                found = true;
                change = reader.TokenType is JsonTokenType.False or JsonTokenType.Null ? new Splice((int)reader.TokenStartIndex, reader.ValueSpan.Length, "true") : null;
            }

            reader.Skip();
        }

        return found ? change : new Splice(at + 1, 0, isEmpty ? Asked : Asked + ",");
    }
}
