namespace Systemprompt.Budgets;

/// <summary>Which amount in which window a slice is of.</summary>
internal sealed record SliceId(string Budget, BudgetUnit Unit, BudgetPeriod Period, string Key, BudgetWindow Window);

/// <summary>What a replica tells the database about a slice. Totals, not differences, so that a message may arrive twice.</summary>
internal readonly record struct SliceReport(long Sequence, long Spent, long Assumed, long Calls, long Keep);

/// <summary>
/// The part of a window's amount that this replica holds. Reserving and settling are a few additions under a lock of its own; what changes it in
/// the database goes through <see cref="Turn"/>, one at a time, and takes part in memory only when the database has said so. What is given away
/// leaves memory first: what memory holds is never more than what the table says.
/// </summary>
internal sealed class Slice(SliceId id, Replica replica, long limit)
{
    private readonly Lock _lock = new();
    private long _held, _reserved, _spent, _assumed, _calls, _reported, _reportedCalls;
    private long _left, _others;
    private long _short = long.MaxValue, _shortUntil = long.MinValue;
    private int _shorts;
    private long _usedAt, _refilledAt, _want;
    private bool _isOver;
    private TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SliceId Id => id;

    /// <summary>Who holds it. A replica that was taken for dead goes on as another, with other slices.</summary>
    public Replica Replica => replica;

    /// <summary>Who talks to the database about it.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The budget's limit as it is now.</summary>
    public long Limit
    {
        get => Volatile.Read(ref limit);
        set => Volatile.Write(ref limit, value);
    }

    public bool HasReserved
    {
        get { lock (_lock) return _reserved > 0; }
    }

    /// <summary>At least so much of the window's amount can still be reserved here, as far as this replica knows.</summary>
    public long Remaining
    {
        get { lock (_lock) return Math.Max(0, Free + _left); }
    }

    /// <summary>What others hold, as the database said last.</summary>
    public long HeldByOthers => Volatile.Read(ref _others);

    private long Unreported => _spent - _reported;

    private long Free => _held - _reserved - Unreported;

    // Where calls came to more than they had reserved, or the limit was lowered, the window is in debt, and what is free pays that first.
    private long Usable => Free + Math.Min(0, _left);

    /// <summary>Reserves, when the slice covers it.</summary>
    public bool TryTake(long amount, long now)
    {
        lock (_lock)
        {
            if (_isOver || (amount > 0 && Usable < amount)) return false;
            _reserved += amount;
            _usedAt = now;
            return true;
        }
    }

    /// <summary>Ends a reservation with what it came to, which may be more than was reserved: then what follows has less.</summary>
    public void Settle(long reserved, long amount, bool assumed)
    {
        lock (_lock)
        {
            _reserved -= reserved;
            _spent += amount;
            if (assumed) _assumed += amount;
            _calls++;
            if (amount < reserved) _short = long.MaxValue;
        }
    }

    /// <summary>Ends a reservation of a call that went nowhere.</summary>
    public void Release(long reserved)
    {
        lock (_lock)
        {
            _reserved -= reserved;
            _short = long.MaxValue;
        }
    }

    /// <summary>Whether the database said a moment ago that there is not so much left.</summary>
    public bool IsKnownShort(long amount, long now)
    {
        lock (_lock) return amount >= _short && now < _shortUntil;
    }

    /// <summary>Notes that there is not so much left. For longer, the more often it is said again.</summary>
    public void NoteShort(long amount, long now, long frequency)
    {
        lock (_lock)
        {
            _short = amount;
            _shortUntil = now + (frequency / 4 << Math.Min(_shorts++, 3));
        }
    }

    /// <summary>What was reserved or spent of the whole amount, as far as is known here.</summary>
    public long Used => Math.Max(0, Limit - Remaining);

    /// <summary>How much is missing for an amount; and how much to ask for: more and more while it is asked for often.</summary>
    public (long Need, long Want) Missing(long amount, long now, long frequency)
    {
        lock (_lock)
        {
            _want = now - _refilledAt < frequency ? Math.Max(_want * 2, amount * 8) : Math.Max(_want / 2, amount * 8);
            _refilledAt = now;
            return (Math.Max(1, amount - Usable), _want);
        }
    }

    /// <summary>What there is to say now. With <paramref name="giveBack"/> everything that is neither spent nor reserved leaves first.</summary>
    public SliceReport Report(long sequence, bool giveBack)
    {
        lock (_lock)
        {
            if ((giveBack || _left < 0) && Free > 0) _held -= Free;
            // Where a call came to more than was held, what is reserved stays reserved all the same.
            return new SliceReport(sequence, _spent, _assumed, _calls, Math.Max(_reserved, _held - Unreported));
        }
    }

    /// <summary>Takes in what the database answered to a report.</summary>
    public void Accept(in SliceReport report, long granted, long totalSpent, long totalLeased)
    {
        lock (_lock)
        {
            (_held, _reported, _reportedCalls) = (report.Keep + granted, report.Spent, report.Calls);
            _left = Limit - totalSpent - totalLeased;
            Volatile.Write(ref _others, totalLeased - _held);
            if (granted > 0) (_short, _shorts) = (long.MaxValue, 0);
        }
    }

    /// <summary>Whether there is something to report, or something idle to give back.</summary>
    public (bool IsDirty, bool IsIdle) State(long idleBefore)
    {
        lock (_lock) return (Unreported != 0 || _calls != _reportedCalls, Free > 0 && _usedAt < idleBefore);
    }

    /// <summary>Nothing more is reserved from it: its window or its replica is over, or its budget is gone.</summary>
    public void End()
    {
        lock (_lock) _isOver = true;
    }

    /// <summary>Completes when another replica has given something back from now on.</summary>
    public Task Returned => Volatile.Read(ref _returned).Task;

    /// <summary>Another replica has given something back.</summary>
    public void NoteReturned()
    {
        lock (_lock) _short = long.MaxValue;
        Interlocked.Exchange(ref _returned, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}

/// <summary>One life of this process as a holder of slices.</summary>
internal sealed class Replica(Guid id)
{
    private long _sequence;

    public Guid Id => id;

    public long NextSequence() => Interlocked.Increment(ref _sequence);
}
