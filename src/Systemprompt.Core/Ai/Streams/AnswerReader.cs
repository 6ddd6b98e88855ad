using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What an answer says about itself: usage, why it stopped, and, when it is an error, which.</summary>
internal sealed class AnswerReader
{
    private UsageReader _usage;

    public TokenUsage Usage => _usage.Usage;

    /// <summary>True when both sides of the bill are known: one alone would price the other at nothing.</summary>
    public bool UsageKnown => _usage is { InputKnown: true, OutputKnown: true };

    public bool InputKnown => _usage.InputKnown;

    /// <summary>How many counts of output were read.</summary>
    public int OutputCounts => _usage.OutputCounts;

    public bool PricedElsewhere => _usage.PricedElsewhere;

    public string? StopReason { get; private set; }

    public string? ErrorType { get; private set; }

    public string? ErrorMessage { get; private set; }

    /// <summary>Reads a message, an error, or the data of a stream event that holds one of them.</summary>
    /// <returns>False when it is not a JSON object.</returns>
    public bool Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestHeadReader.MaxDepth });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            ReadObject(ref reader, root: true);
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // A message stands at the root of an answer, and below "message" in message_start; stop_reason below "delta" in message_delta.
    private void ReadObject(ref Utf8JsonReader reader, bool root)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref reader, "usage"u8))
            {
                reader.Read();
                _usage.Read(ref reader);
            }
            else if (JsonText.Is(ref reader, "stop_reason"u8))
            {
                reader.Read();
                StopReason = JsonText.OrNull(ref reader) ?? StopReason;
                reader.Skip();
            }
            else if (root && (JsonText.Is(ref reader, "message"u8) || JsonText.Is(ref reader, "delta"u8)))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadObject(ref reader, root: false);
                else reader.Skip();
            }
            else if (root && JsonText.Is(ref reader, "error"u8))
            {
                reader.Read();
                ReadError(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            ErrorMessage = JsonText.OrNull(ref reader);
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = JsonText.Is(ref reader, "type"u8);
            var isMessage = JsonText.Is(ref reader, "message"u8);
            reader.Read();
            if (isType) ErrorType = JsonText.OrNull(ref reader);
            else if (isMessage) ErrorMessage = JsonText.OrNull(ref reader);
            reader.Skip();
        }
    }
}
