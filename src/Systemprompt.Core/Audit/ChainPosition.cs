namespace Systemprompt.Audit;

/// <summary>How far a writer's chain has come: its last sequence number and hash. Used by one lane at a time.</summary>
internal sealed class ChainPosition
{
    private readonly byte[] _head = new byte[AuditHash.Size];

    /// <summary>The writer.</summary>
    public Guid Writer { get; private set; }

    /// <summary>The last row's number; 0 before the first.</summary>
    public long Seq { get; private set; }

    /// <summary>The last row's hash.</summary>
    public ReadOnlySpan<byte> Head => _head;

    /// <summary>The last row's hash, for a parameter. Not to be changed.</summary>
    public byte[] HeadBytes => _head;

    /// <summary>Moves to the beginning of a new writer's chain.</summary>
    public void Begin(Guid writer)
    {
        (Writer, Seq) = (writer, 0);
        AuditHash.Genesis(writer).CopyTo(_head, 0);
    }

    /// <summary>Moves to a place in a chain, given with its hash.</summary>
    public void MoveTo(Guid writer, long seq, ReadOnlySpan<byte> head)
    {
        (Writer, Seq) = (writer, seq);
        head.CopyTo(_head);
    }

    /// <summary>Moves to where another position is.</summary>
    public void MoveTo(ChainPosition other)
    {
        (Writer, Seq) = (other.Writer, other.Seq);
        other._head.CopyTo(_head, 0);
    }

    /// <summary>Moves on by one row, given with its two holes.</summary>
    public void Link(Span<byte> image)
    {
        Seq++;
        AuditHash.Compute(image, _head, Seq, _head);
    }
}
