namespace Systemprompt.Audit.Proof;

/// <summary>How a writer's chain goes on after a part of it.</summary>
/// <param name="State">Where the chain ends; null when <c>audit.writers</c> does not have the writer.</param>
/// <param name="Next">The hash of the row that follows; null when there is none.</param>
internal sealed record ProofEnd(WriterState? State, byte[]? Next)
{
    /// <summary>
    /// What is wrong with a part that ends so. A writer's last number is committed together with its rows: a row that it counts and that is not there was
    /// taken away, and one that it does not count was put there.
    /// </summary>
    /// <param name="to">The part's last row.</param>
    /// <param name="head">Its hash.</param>
    public ChainFault FaultAfter(long to, ReadOnlySpan<byte> head) => State switch
    {
        null => ChainFault.Unregistered,
        { } state when state.LastSeq < to => ChainFault.Stray,
        { } state when state.LastSeq > to => Next is null ? ChainFault.Missing : ChainFault.None,
        { } state => head.SequenceEqual(state.Head) ? ChainFault.None : ChainFault.Cut,
    };

    /// <summary>The same in words; null when nothing is wrong.</summary>
    public string? Sentence(Guid writer, long to, ReadOnlySpan<byte> head) => FaultAfter(to, head) switch
    {
        ChainFault.None => null,
        ChainFault.Unregistered => $"writer {writer} is not in audit.writers: nothing says where its chain ends",
        ChainFault.Stray => $"row {State!.LastSeq + 1} of writer {writer} is none that it wrote: its chain ends at row {State.LastSeq}",
        ChainFault.Missing => $"row {to + 1} of writer {writer} is missing: its chain goes on to row {State!.LastSeq}",
        _ => $"row {to} of writer {writer} is not the one that its chain ends with",
    };
}
