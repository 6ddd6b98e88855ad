using System.Collections.Concurrent;

namespace Systemprompt.Http.Limits;

/// <summary>
/// One rate, counted for each key on its own, by the generic cell rate algorithm (ITU-T I.371): a key's whole state is the moment its
/// next request is due. No timer, no queue, no lock; a refusal knows exactly when a request will pass.
/// </summary>
/// <remarks>
/// System.Threading.RateLimiting was measured against: its partitioned limiter reads the machine's clock only, rounds Retry-After to its
/// replenishment period, and allocates a lease a request.
/// </remarks>
internal sealed class KeyedLimiter
{
    private const string Overflow = "\0overflow";
    private readonly ConcurrentDictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly int _maxKeys;
    private readonly long _interval;
    private readonly long _tolerance;
    private readonly long _sweepEvery;
    private long _nextSweep;

    public KeyedLimiter(RateSettings rate, int maxKeys, TimeProvider clock)
    {
        _clock = clock;
        _maxKeys = maxKeys;
        _interval = Math.Max(1, (long)(clock.TimestampFrequency / rate.PerSecond));
        _tolerance = _interval * (rate.Burst - 1);
        _sweepEvery = Math.Max(clock.TimestampFrequency * 10, _tolerance);
        _nextSweep = clock.GetTimestamp() + _sweepEvery;
    }

    /// <summary>How many keys are remembered now.</summary>
    public int Keys => _cells.Count;

    /// <summary>Counts a request. When it is refused, how long until one passes.</summary>
    public bool TryAcquire(string key, out TimeSpan retryAfter)
    {
        var now = _clock.GetTimestamp();
        Sweep(now);
        var cell = _cells.TryGetValue(key, out var known) ? known : Newcomer(key);
        while (true)
        {
            var due = Volatile.Read(ref cell.Due);
            var early = due - _tolerance - now;
            if (early > 0)
            {
                retryAfter = TimeSpan.FromTicks((long)Math.Ceiling((double)early * TimeSpan.TicksPerSecond / _clock.TimestampFrequency));
                return false;
            }

            if (Interlocked.CompareExchange(ref cell.Due, Math.Max(due, now) + _interval, due) != due) continue;
            retryAfter = TimeSpan.Zero;
            return true;
        }
    }

    private Cell Newcomer(string key) => _cells.GetOrAdd(_cells.Count < _maxKeys ? key : Overflow, static _ => new Cell());

    /// <summary>Forgets keys whose allowance is full again: they are as good as new.</summary>
    private void Sweep(long now)
    {
        var due = Volatile.Read(ref _nextSweep);
        if (now < due || Interlocked.CompareExchange(ref _nextSweep, now + _sweepEvery, due) != due) return;
        foreach (var (key, cell) in _cells)
            if (Volatile.Read(ref cell.Due) <= now) _cells.TryRemove(key, out _);
    }

    private sealed class Cell
    {
        public long Due;
    }
}
