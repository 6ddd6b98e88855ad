namespace Systemprompt.Audit;

/// <summary>Every commit whose caller waits, oldest first, so that giving up needs no timer for each.</summary>
internal sealed class Outstanding
{
    private readonly Lock _lock = new();
    private PendingCommit? _first, _last;
    private int _count;

    /// <summary>How many callers wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The deadline of the one that has waited longest.</summary>
    public long? FirstDeadline
    {
        get { lock (_lock) return _first?.Deadline; }
    }

    public void Add(PendingCommit pending)
    {
        lock (_lock)
        {
            pending.Previous = _last;
            if (_last is null) _first = pending;
            else _last.Next = pending;
            (_last, pending.IsListed) = (pending, true);
            _count++;
        }
    }

    public void Remove(ReadOnlySpan<PendingCommit> done)
    {
        lock (_lock)
            foreach (var pending in done)
                if (pending.IsListed) Unlink(pending);
    }

    /// <summary>Takes out the oldest when its deadline has passed. All wait equally long, so no younger one is due before it.</summary>
    public PendingCommit? TakeExpired(long now)
    {
        lock (_lock)
        {
            if (_first is not { } oldest || oldest.Deadline > now) return null;
            Unlink(oldest);
            // Held for the watch while it answers, so that it is not given to another call under its hands.
            oldest.Hold();
            return oldest;
        }
    }

    private void Unlink(PendingCommit pending)
    {
        if (pending.Previous is null) _first = pending.Next;
        else pending.Previous.Next = pending.Next;
        if (pending.Next is null) _last = pending.Previous;
        else pending.Next.Previous = pending.Previous;
        (pending.Previous, pending.Next, pending.IsListed) = (null, null, false);
        _count--;
    }
}
