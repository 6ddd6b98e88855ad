namespace Systemprompt.Analytics;

/// <summary>What happened in each session since it was last taken: a request costs a look-up and some additions. Bounded.</summary>
/// <param name="most">How many sessions at once; requests of others are dropped and counted.</param>
/// <param name="gap">A longer silence begins another session. So does a day.</param>
internal sealed class SessionTally(int most, TimeSpan gap)
{
    private readonly Lock _lock = new();
    private Dictionary<SessionKey, SessionTouch> _open = [];
    private List<SessionTouch> _over = [];
    private long _dropped;

    public long Dropped => Volatile.Read(ref _dropped);

    public int Waiting
    {
        get
        {
            lock (_lock) return _open.Count + _over.Count;
        }
    }

    /// <summary>Adds a request to its session; null when there are too many.</summary>
    public SessionTouch? Add(in SessionKey key, DateTimeOffset at, in SessionPart part)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out var touch) || !touch.Reaches(at, gap))
            {
                if (_open.Count + _over.Count >= most)
                {
                    Interlocked.Increment(ref _dropped);
                    return null;
                }

                if (touch is not null) _over.Add(touch);
                _open[key] = touch = new SessionTouch(key, at);
            }

            touch.Add(at, part);
            return touch;
        }
    }

    /// <summary>All there is, sessions that ended first; from here on it begins anew.</summary>
    public IReadOnlyList<SessionTouch> Take()
    {
        lock (_lock)
        {
            if (_open.Count == 0 && _over.Count == 0) return [];
            var taken = _over;
            taken.AddRange(_open.Values);
            (_open, _over) = ([], []);
            return taken;
        }
    }
}
