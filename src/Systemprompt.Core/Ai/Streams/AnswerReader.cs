using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What an answer says about itself: usage, why it stopped, and, when it is an error, which.</summary>
internal sealed class AnswerReader
{
    private UsageReader _usage;

    public TokenUsage Usage => _usage.Usage;

    public bool UsageKnown => _usage.IsKnown;

    public bool IsFast => _usage.IsFast;

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
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                _usage.Read(ref reader);
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                reader.Read();
                StopReason = JsonText.OrNull(ref reader) ?? StopReason;
                reader.Skip();
            }
            else if (root && (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8)))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadObject(ref reader, root: false);
                else reader.Skip();
            }
            else if (root && reader.ValueTextEquals("error"u8))
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
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            reader.Read();
            if (isType) ErrorType = JsonText.OrNull(ref reader);
            else if (isMessage) ErrorMessage = JsonText.OrNull(ref reader);
            reader.Skip();
        }
    }
}
