using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Collects token counts from Anthropic's <c>usage</c> objects. The counts of a stream are cumulative: a later one replaces an earlier one
/// and is never added to it.
/// </summary>
internal struct UsageReader
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheWrite;
    private long? _cacheWrite5m;
    private long? _cacheWrite1h;

    /// <summary>True once the provider has said what it read.</summary>
    public readonly bool InputKnown => _input is not null;

    /// <summary>True once it has said what it wrote, be it only so far.</summary>
    public readonly bool OutputKnown => _output is not null;

    /// <summary>How often it has said what it wrote.</summary>
    public int OutputCounts { get; private set; }

    /// <summary>True when the provider says that it charged by another list than the usual one.</summary>
    public bool IsFast { get; private set; }

    public readonly TokenUsage Usage
    {
        get
        {
            // Without the split, writes are the 5-minute kind, which is the default.
            var hour = _cacheWrite1h ?? 0;
            return new TokenUsage
            {
                Input = _input ?? 0,
                Output = _output ?? 0,
                CacheRead = _cacheRead ?? 0,
                CacheWrite1h = hour,
                CacheWrite5m = _cacheWrite is { } total ? Math.Max(0, total - hour) : _cacheWrite5m ?? 0,
            };
        }
    }

    /// <summary>Reads a <c>usage</c> object; the reader stands on its first brace and is left on its last.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref reader, "input_tokens"u8)) Known(ref reader, ref _input);
            else if (JsonText.Is(ref reader, "output_tokens"u8)) Output(ref reader);
            else if (JsonText.Is(ref reader, "cache_read_input_tokens"u8)) Known(ref reader, ref _cacheRead);
            else if (JsonText.Is(ref reader, "cache_creation_input_tokens"u8)) Known(ref reader, ref _cacheWrite);
            else if (JsonText.Is(ref reader, "cache_creation"u8)) Split(ref reader);
            else if (JsonText.Is(ref reader, "speed"u8)) Speed(ref reader);
            else Skip(ref reader);
        }
    }

    private void Output(ref Utf8JsonReader reader)
    {
        long? next = null;
        Replace(ref reader, ref next);
        if (next is null) return;
        _output = next;
        OutputCounts++;
    }

    private void Split(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref reader, "ephemeral_5m_input_tokens"u8)) Known(ref reader, ref _cacheWrite5m);
            else if (JsonText.Is(ref reader, "ephemeral_1h_input_tokens"u8)) Known(ref reader, ref _cacheWrite1h);
            else Skip(ref reader);
        }
    }

    private void Speed(ref Utf8JsonReader reader)
    {
        reader.Read();
        IsFast = reader.TokenType == JsonTokenType.String && JsonText.Is(ref reader, "fast"u8);
        reader.Skip();
    }

    // What the model read is known when its stream begins. A later 0 or null is a provider leaving the field out, not a refund.
    private static void Known(ref Utf8JsonReader reader, ref long? count)
    {
        long? next = null;
        Replace(ref reader, ref next);
        if (next is > 0 || count is null) count = next ?? count;
    }

    private static void Replace(ref Utf8JsonReader reader, ref long? count)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= 0) count = value;
        else reader.Skip();
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
