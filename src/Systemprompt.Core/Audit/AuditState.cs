namespace Systemprompt.Audit;

/// <summary>Whether the audit trail takes rows, and its counts since the start. Shared by the parts of the writer; read by health.</summary>
internal sealed class AuditState(TimeProvider clock)
{
    private readonly TaskCompletionSource _firstUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lanesUp;
    private long _committed, _commits, _kept, _lost, _rejected, _abandoned;
    private long _stalledUntil;
    private volatile string _reason = "the audit writer has not started";

    /// <summary>False while it is known that rows cannot be committed, so that calls are refused at once.</summary>
    public bool IsUp => Volatile.Read(ref _lanesUp) > 0 && !IsStalled;

    /// <summary>Completes when the first lane can write.</summary>
    public Task WhenUp => _firstUp.Task;

    /// <summary>Why it is not up, in words for an operator.</summary>
    public string Reason => _reason;

    private bool IsStalled => Volatile.Read(ref _stalledUntil) is not 0 and var until && clock.GetTimestamp() < until;

    public int LanesUp => Volatile.Read(ref _lanesUp);

    /// <summary>Rows committed.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>Transactions they took.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Calls whose caller gave up and whose rows are kept and retried.</summary>
    public long Kept => Math.Max(0, Volatile.Read(ref _kept));

    /// <summary>Ends of calls that were lost: no room to keep them, or the process ended first.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Rows that PostgreSQL refused for what they are.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Openings that turned out to be committed after their caller gave up, and were ended.</summary>
    public long Abandoned => Volatile.Read(ref _abandoned);

    public void LaneUp()
    {
        Interlocked.Increment(ref _lanesUp);
        _firstUp.TrySetResult();
    }

    public void LaneDown(string reason)
    {
        _reason = reason;
        Interlocked.Decrement(ref _lanesUp);
    }

    /// <summary>The database answered.</summary>
    public void Progressed() => Volatile.Write(ref _stalledUntil, 0);

    /// <summary>A caller gave up: until the database answers again, nobody else has to wait for the same.</summary>
    /// <param name="reason">Why, in words for an operator.</param>
    /// <param name="limit">For how long at most. With everybody refused, nothing may be left whose commit would show that all is well again.</param>
    public void Stalled(string reason, TimeSpan limit)
    {
        _reason = reason;
        Volatile.Write(ref _stalledUntil, clock.GetTimestamp() + (long)(limit.TotalSeconds * clock.TimestampFrequency));
    }

    public void CountCommit(int rows)
    {
        Progressed();
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _committed, rows);
    }

    public void CountKept(int change) => Interlocked.Add(ref _kept, change);

    public void CountLost(int calls) => Interlocked.Add(ref _lost, calls);

    public void CountRejected() => Interlocked.Increment(ref _rejected);

    public void CountAbandoned() => Interlocked.Increment(ref _abandoned);
}
