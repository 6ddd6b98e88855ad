namespace Systemprompt.Audit.Proof;

/// <summary>Follows a part of a writer's chain row by row and says what is wrong with it, once, and the place of it.</summary>
/// <param name="writer">Whose.</param>
/// <param name="from">The first row's number.</param>
/// <param name="previous">The hash of the row before it; null: the first row's hash is taken as it stands.</param>
internal sealed class ProofChain(Guid writer, long from, byte[]? previous)
{
    private readonly ChainPosition _position = Start(writer, from, previous);
    private bool _isAnchored = previous is not null;
    private string? _fault;

    /// <summary>The number of the row whose hash is taken as it stands; 0 when every row's is recomputed.</summary>
    public long Unchecked { get; } = previous is null ? from : 0;

    /// <summary>The last row's number.</summary>
    public long Seq => _position.Seq;

    /// <summary>Its hash.</summary>
    public ReadOnlySpan<byte> Head => _position.Head;

    /// <summary>The number that was not where it belongs; 0 when all were.</summary>
    public long Missing { get; private set; }

    public bool IsBroken => _fault is not null;

    /// <summary>Goes on by a row, given with its two holes. After a fault nothing can be said of further rows.</summary>
    /// <returns>A sentence, when this row shows the first fault.</returns>
    public string? Take(long seq, string table, Span<byte> image, ReadOnlySpan<byte> hash)
    {
        if (_fault is not null) return null;
        if (seq != Seq + 1)
        {
            if (seq > Seq + 1) Missing = Seq + 1;
            return _fault = seq > Seq + 1
                ? $"row {Seq + 1} of writer {writer} is missing; row {seq} in {table} stands in its place"
                : $"row {seq} of writer {writer} in {table} stands again after row {Seq}";
        }

        _position.Link(image);
        if (!_isAnchored) _position.MoveTo(writer, seq, hash);
        _isAnchored = true;
        return Head.SequenceEqual(hash) ? null : _fault = $"row {seq} of writer {writer} in {table} is not as it was written, or not the one that followed row {seq - 1}";
    }

    private static ChainPosition Start(Guid writer, long from, byte[]? previous)
    {
        var position = new ChainPosition();
        position.MoveTo(writer, from - 1, previous ?? new byte[AuditHash.Size]);
        return position;
    }
}
