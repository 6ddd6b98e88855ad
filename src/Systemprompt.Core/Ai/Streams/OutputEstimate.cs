namespace Systemprompt.Ai;

/// <summary>
/// What has been generated in a stream of Anthropic's whose final count has not come: estimated from the bytes of its deltas (4 a token), since
/// the provider charges for it. The count in the stream's first event is only of what it began with.
/// </summary>
internal struct OutputEstimate
{
    // {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}
    private const int DeltaFrame = 80;
    private bool _settled;
    private long _deltaBytes;

    public readonly long Tokens => (_deltaBytes + 3) / 4;

    /// <summary>Notes a delta.</summary>
    /// <param name="length">Its data, in bytes.</param>
    public void Add(int length) => _deltaBytes += Math.Max(0, length - DeltaFrame);

    /// <summary>The final count has come: from here on it counts.</summary>
    public void Settle() => _settled = true;

    /// <summary>True when the estimate stands for the count. What was written can be estimated, what was read cannot.</summary>
    public readonly bool Counts(bool inputKnown, long output) => !_settled && inputKnown && Tokens > output;
}
