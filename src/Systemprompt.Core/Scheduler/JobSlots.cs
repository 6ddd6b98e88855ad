namespace Systemprompt.Scheduler;

/// <summary>How many jobs run at a time.</summary>
/// <remarks>
/// Who is refused a slot may count on this: somebody who holds one has yet to free it, and sees afterwards what was queued before the refusal.
/// So a refusal must never come from another caller's attempt that failed as well, and both calls are full fences.
/// </remarks>
internal sealed class JobSlots(int most)
{
    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    public bool TryTake()
    {
        // A plain read could come before the caller's own write of what it queued is seen by others.
        var taken = Interlocked.CompareExchange(ref _taken, 0, 0);
        while (taken < most)
        {
            var seen = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (seen == taken) return true;
            taken = seen;
        }

        return false;
    }

    public void Free() => Interlocked.Decrement(ref _taken);
}
