namespace Systemprompt.Ai;

/// <summary>What an event means for the relay.</summary>
internal enum StreamStep
{
    /// <summary>Goes on; forward it.</summary>
    Open,

    /// <summary>Goes on, but the client would take the answer as complete: keep it and what follows until the call is settled.</summary>
    Hold,

    /// <summary>Is nothing that the client asked for: leave it out.</summary>
    Drop,

    /// <summary>The answer is complete.</summary>
    Complete,

    /// <summary>The provider gave up.</summary>
    Failed,
}

/// <summary>Reads a copy of Anthropic's message stream, event by event, for usage and for how it ends.</summary>
internal sealed class MessageStreamReader : IAnswerTap
{
    private OutputEstimate _estimate;

    public AnswerReader Answer { get; } = new();

    /// <summary>True when the output count is an estimate, because the stream ended before the provider said it.</summary>
    public bool IsEstimated => _estimate.Counts(Answer.InputKnown, Answer.Usage.Output);

    /// <summary>The usage so far. Until the provider gives the final count, what has been generated is estimated.</summary>
    public TokenUsage Usage => IsEstimated ? Answer.Usage with { Output = _estimate.Tokens } : Answer.Usage;

    /// <summary>True when the call can be priced. What was written can be estimated, what was read cannot.</summary>
    public bool UsageKnown => Answer.UsageKnown || IsEstimated;

    public string? ErrorType => Answer.ErrorType;

    // Without message_stop it was cut.
    public bool IsWhole => false;

    public bool ReadBody(ReadOnlySpan<byte> json) => Answer.Read(json);

    public void Note(ModelCall call)
    {
        call.Usage = Usage;
        call.UsageKnown = UsageKnown;
        call.UsageEstimated = IsEstimated;
        call.PricedElsewhere = Answer.PricedElsewhere;
        call.StopReason = Answer.StopReason;
    }

    public StreamStep Read(ReadOnlySpan<byte> bytes)
    {
        var sse = SseEvent.Parse(bytes);
        switch (OfName(sse.Kind))
        {
            case EventKind.Delta:
                _estimate.Add(sse.Data.Length);
                return StreamStep.Open;
            case EventKind.MessageStart:
                Answer.Read(sse.Data);
                return StreamStep.Open;
            case EventKind.MessageDelta:
                var counts = Answer.OutputCounts;
                Answer.Read(sse.Data);
                // Some providers end a message without saying what it came to.
                if (Answer.OutputCounts > counts) _estimate.Settle();
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

    private static EventKind OfName(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("content_block_delta"u8)) return EventKind.Delta;
        if (name.SequenceEqual("message_start"u8)) return EventKind.MessageStart;
        if (name.SequenceEqual("message_delta"u8)) return EventKind.MessageDelta;
        if (name.SequenceEqual("message_stop"u8)) return EventKind.Stop;
        return name.SequenceEqual("error"u8) ? EventKind.Error : EventKind.Other;
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
