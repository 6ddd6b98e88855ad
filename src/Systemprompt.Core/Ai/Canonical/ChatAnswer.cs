namespace Systemprompt.Ai;

/// <summary>An answer in no protocol's words.</summary>
internal sealed record ChatAnswer
{
    /// <summary>The provider's id; null when it gives none.</summary>
    public string? Id { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<ChatBlock> Blocks { get; init; }

    public required ChatEnd End { get; init; }

    /// <summary>True when the provider says that it charged by another list than its usual one.</summary>
    public bool PricedElsewhere { get; init; }
}

/// <summary>How an answer ended, and what it came to.</summary>
/// <param name="Stop">Why it ended.</param>
/// <param name="Sequence">The stop sequence that was met, when the provider says which.</param>
/// <param name="Usage">Null when the provider did not say.</param>
internal sealed record ChatEnd(ChatStop Stop, string? Sequence, TokenUsage? Usage);

internal enum ChatStop
{
    EndTurn,
    MaxTokens,
    StopSequence,
    ToolUse,

    /// <summary>The provider declined to answer, or its filter did.</summary>
    Refusal,

    /// <summary>The model paused a long turn; the client sends the answer back to go on.</summary>
    Pause,
}
