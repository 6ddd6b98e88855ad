using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What an event means for the relay.</summary>
internal enum StreamStep
{
    /// <summary>Goes on; forward it.</summary>
    Open,

    /// <summary><c>message_stop</c>: the message is complete.</summary>
    Complete,

    /// <summary>An <c>error</c> event: the provider gave up.</summary>
    Failed,
}

/// <summary>Reads a copy of Anthropic's message stream, event by event, for usage and for how it ends.</summary>
internal sealed class MessageStreamReader
{
    // {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}
    private const int DeltaFrame = 80;
    private bool _settledUsage;
    private long _deltaBytes;

    public AnswerReader Answer { get; } = new();

    /// <summary>True when the output count is an estimate, because the stream ended before the provider said it.</summary>
    public bool IsEstimated => !_settledUsage && Answer.InputKnown && EstimatedOutput > Answer.Usage.Output;

    /// <summary>
    /// The usage so far. Until the provider gives the final count, what has been generated is estimated from the bytes that passed
    /// (4 a token), since the provider charges for it.
    /// </summary>
    public TokenUsage Usage => IsEstimated ? Answer.Usage with { Output = EstimatedOutput } : Answer.Usage;

    /// <summary>True when the call can be priced. What was written can be estimated, what was read cannot.</summary>
    public bool UsageKnown => Answer.UsageKnown || IsEstimated;

    private long EstimatedOutput => (_deltaBytes + 3) / 4;

    /// <summary>Reads one whole event.</summary>
    public StreamStep Read(ReadOnlySpan<byte> bytes)
    {
        var sse = SseEvent.Parse(bytes);
        var kind = Kind(sse.Name, sse.Data);
        switch (kind)
        {
            case EventKind.Delta:
                _deltaBytes += Math.Max(0, sse.Data.Length - DeltaFrame);
                return StreamStep.Open;
            case EventKind.MessageStart:
                Answer.Read(sse.Data);
                return StreamStep.Open;
            case EventKind.MessageDelta:
                var counts = Answer.OutputCounts;
                Answer.Read(sse.Data);
                // Some providers end a message without saying what it came to.
                _settledUsage |= Answer.OutputCounts > counts;
                return StreamStep.Open;
            case EventKind.Stop:
                return StreamStep.Complete;
            case EventKind.Error:
                Answer.Read(sse.Data);
                return StreamStep.Failed;
            default:
                return StreamStep.Open;
        }
    }

    // Most events are named; a stream that is not says its type in the data.
    private static EventKind Kind(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data) => name.IsEmpty ? OfName(TypeOf(data)) : OfName(name);

    private static EventKind OfName(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("content_block_delta"u8)) return EventKind.Delta;
        if (name.SequenceEqual("message_start"u8)) return EventKind.MessageStart;
        if (name.SequenceEqual("message_delta"u8)) return EventKind.MessageDelta;
        if (name.SequenceEqual("message_stop"u8)) return EventKind.Stop;
        return name.SequenceEqual("error"u8) ? EventKind.Error : EventKind.Other;
    }

    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return default;
        var reader = new Utf8JsonReader(data);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = JsonText.Is(ref reader, "type"u8);
                reader.Read();
                if (isType) return reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Not for us to judge: it is forwarded as it came.
        }

        return default;
    }

    private enum EventKind
    {
        Other,
        Delta,
        MessageStart,
        MessageDelta,
        Stop,
        Error,
    }
}
