using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Systemprompt.Audit;

/// <summary>
/// One call of <see cref="IAuditLog"/> on its way: its rows, encoded, and the task its caller awaits. Pooled; two hold it, the caller
/// and the writer, and it goes back when both have let go. Caller, lane and watch may race; every transition is one exchange.
/// </summary>
internal sealed class PendingCommit : IValueTaskSource
{
    private const int Queued = 0, Taken = 1, Withdrawn = 2;
    private const int LargestKept = 64 * 1024;

    private readonly Action<PendingCommit> _recycle;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private ArrayBufferWriter<byte> _buffer = new(2048);
    private AuditRow? _opener;
    private int _stage;
    private int _answered;
    private int _holders;

    public PendingCommit(Action<PendingCommit> recycle) => _recycle = recycle;

    /// <summary>Neighbours in <see cref="Outstanding"/>, under its lock.</summary>
    internal PendingCommit? Previous, Next;

    internal bool IsListed;

    /// <summary>The first row.</summary>
    public EncodedRow First { get; private set; }

    /// <summary>The second row, if <see cref="Count"/> is 2.</summary>
    public EncodedRow Second { get; private set; }

    /// <summary>How many rows.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the rows are worth keeping after the caller gave up.</summary>
    public bool KeepTrying { get; private set; }

    /// <summary>Timestamp of the clock at which the caller gives up.</summary>
    public long Deadline { get; set; }

    /// <summary>The database has its rows.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>The journal has its rows, which go to the database from there.</summary>
    public bool IsJournaled { get; set; }

    /// <summary>The journal has it beside the lanes, which let go of it by themselves.</summary>
    public bool IsQueued { get; set; }

    /// <summary>It comes from the journal.</summary>
    public bool IsReplay { get; private set; }

    /// <summary>PostgreSQL refused its rows for what they are. Stays when it is given back.</summary>
    public bool IsRejected { get; set; }

    /// <summary>The encoded rows.</summary>
    public Span<byte> Bytes => System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span;

    /// <summary>The number of encoded bytes.</summary>
    public int Size => _buffer.WrittenCount;

    /// <summary>True when the caller has its answer, be it that it gave up.</summary>
    public bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <summary>The task of the caller.</summary>
    public ValueTask Task => new(this, _source.Version);

    /// <summary>Encodes the rows. What a row throws passes through.</summary>
    public void Encode(AuditRow first, AuditRow? second)
    {
        First = EncodedRow.Encode(first, _buffer);
        if (second is not null) Second = EncodedRow.Encode(second, _buffer);
        Count = second is null ? 1 : 2;
        KeepTrying = first.KeepTrying;
        _opener = second is null && !KeepTrying ? first : null;
        _holders = 2;
    }

    /// <summary>Encodes a row that nobody waits for and that must get through.</summary>
    public void EncodeUnattended(AuditRow row)
    {
        Encode(row, null);
        (KeepTrying, _opener, _holders, _answered) = (true, null, 1, 1);
    }

    /// <summary>Takes rows that were encoded before and that nobody waits for.</summary>
    public void Load(IReadOnlyList<(AuditTable Table, ReadOnlyMemory<byte> Fields, ReadOnlyMemory<byte> Personal)> rows)
    {
        First = EncodedRow.Restore(rows[0].Table, rows[0].Fields.Span, rows[0].Personal.Span, _buffer);
        if (rows.Count == 2) Second = EncodedRow.Restore(rows[1].Table, rows[1].Fields.Span, rows[1].Personal.Span, _buffer);
        (Count, KeepTrying, IsReplay, _holders, _answered) = (rows.Count, true, true, 1, 1);
    }

    /// <summary>A lane takes it into a batch. False: it was withdrawn, and the lane lets go of it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _stage, Taken, Queued) != Withdrawn;

    /// <summary>Withdraws it before a lane has taken it: its rows will not be written.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _stage, Withdrawn, Queued) == Queued;

    /// <summary>Answers the caller, once.</summary>
    /// <returns>False when it was answered before.</returns>
    public bool TryAnswer(Exception? failure)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0) return false;
        if (failure is null) _source.SetResult(true);
        else _source.SetException(failure);
        return true;
    }

    /// <summary>The row that undoes an opening whose caller gave up on it.</summary>
    public AuditRow? WhenAbandoned() => _opener?.WhenAbandoned();

    /// <summary>One more holds it.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>A holder lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) Recycle();
    }

    /// <summary>Empties it and gives it back, when nobody holds it.</summary>
    public void Recycle()
    {
        _source.Reset();
        if (_buffer.Capacity > LargestKept) _buffer = new ArrayBufferWriter<byte>(2048);
        else _buffer.ResetWrittenCount();
        (First, Second, _opener, _stage, _answered) = (default, default, null, Queued, 0);
        (IsCommitted, IsJournaled, IsQueued) = (false, false, false);
        _recycle(this);
    }

    void IValueTaskSource.GetResult(short token)
    {
        if (token != _source.Version) throw new InvalidOperationException("A commit was awaited twice.");
        try
        {
            _source.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
