using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Collects token counts from Anthropic's <c>usage</c> objects. The counts of a stream are cumulative: a later one replaces an earlier one
/// and is never added to it. Where the provider summed up the conversation on the way (compaction), the counts leave out what that took, and
/// <c>iterations</c> says all that is charged: their sum then goes before the counts.
/// </summary>
internal struct UsageReader
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheWrite;
    private long? _cacheWrite5m;
    private long? _cacheWrite1h;
    private bool _isFast;
    private bool _hasCompaction;
    private bool _hasOtherModel;

    /// <summary>True once the provider has said what it read.</summary>
    public readonly bool InputKnown => _input is not null;

    /// <summary>True once it has said what it wrote, be it only so far.</summary>
    public readonly bool OutputKnown => _output is not null;

    /// <summary>How often it has said what it wrote.</summary>
    public int OutputCounts { get; private set; }

    /// <summary>True when the provider says that it charged by another list than the usual one, or that another model took part.</summary>
    public readonly bool PricedElsewhere => _isFast || _hasOtherModel;

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
    public void Read(ref Utf8JsonReader reader) => Read(ref reader, isPart: false);

    private void Read(ref Utf8JsonReader reader, bool isPart)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        UsageReader parts = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref reader, "input_tokens"u8)) Known(ref reader, ref _input);
            else if (JsonText.Is(ref reader, "output_tokens"u8)) Output(ref reader);
            else if (JsonText.Is(ref reader, "cache_read_input_tokens"u8)) Known(ref reader, ref _cacheRead);
            else if (JsonText.Is(ref reader, "cache_creation_input_tokens"u8)) Known(ref reader, ref _cacheWrite);
            else if (JsonText.Is(ref reader, "cache_creation"u8)) Split(ref reader);
            else if (JsonText.Is(ref reader, "speed"u8)) Speed(ref reader);
            else if (isPart && JsonText.Is(ref reader, "type"u8)) Kind(ref reader);
            else if (!isPart && JsonText.Is(ref reader, "iterations"u8)) parts = Parts(ref reader);
            else Skip(ref reader);
        }

        _hasOtherModel |= parts._hasOtherModel;
        if (parts._hasCompaction) Take(parts);
    }

    private static UsageReader Parts(ref Utf8JsonReader reader)
    {
        UsageReader sum = default;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return sum;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            UsageReader part = default;
            part.Read(ref reader, isPart: true);
            sum.Add(part);
        }

        return sum;
    }

    private void Add(in UsageReader part)
    {
        _hasCompaction |= part._hasCompaction;
        _hasOtherModel |= part._hasOtherModel;
        // Its tokens have another model's price, and are not in the counts either.
        if (part._hasOtherModel) return;
        var usage = part.Usage;
        if (part.InputKnown) _input = Sum(_input, usage.Input);
        if (part.OutputKnown) _output = Sum(_output, usage.Output);
        _cacheRead = Sum(_cacheRead, usage.CacheRead);
        _cacheWrite5m = Sum(_cacheWrite5m, usage.CacheWrite5m);
        _cacheWrite1h = Sum(_cacheWrite1h, usage.CacheWrite1h);
    }

    private void Take(in UsageReader sum)
    {
        _input = sum._input ?? _input;
        (_cacheRead, _cacheWrite, _cacheWrite5m, _cacheWrite1h) = (sum._cacheRead, null, sum._cacheWrite5m, sum._cacheWrite1h);
        if (sum._output is null) return;
        _output = sum._output;
        OutputCounts++;
    }

    // message and compaction are the model that was asked; an advisor, or one that stepped in, is another, and so may be what is not known yet.
    private void Kind(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            _hasCompaction = JsonText.Is(ref reader, "compaction"u8);
            _hasOtherModel = !_hasCompaction && !JsonText.Is(ref reader, "message"u8);
        }

        reader.Skip();
    }

    private static long Sum(long? one, long other) => long.CreateSaturating((Int128)(one ?? 0) + other);

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
        _isFast = reader.TokenType == JsonTokenType.String && JsonText.Is(ref reader, "fast"u8);
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
