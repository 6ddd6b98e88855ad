using System.Threading.Channels;

namespace Systemprompt.Analytics;

/// <summary>Finished requests that wait to be written. Bounded: what does not fit is dropped and counted, and never makes anybody wait.</summary>
internal sealed class RequestQueue(int capacity)
{
    private readonly Channel<RequestFact> _facts = Channel.CreateBounded<RequestFact>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private long _dropped, _accepted, _turnedAway;

    public int Waiting => _facts.Reader.Count;

    public long Accepted => Volatile.Read(ref _accepted);

    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Floods, banned addresses, and what came before the server was ready: counted, not recorded, so that a flood does not become rows.</summary>
    public long TurnedAway => Volatile.Read(ref _turnedAway);

    public void Add(in RequestFact fact)
    {
        if (_facts.Writer.TryWrite(fact)) Interlocked.Increment(ref _accepted);
        else Interlocked.Increment(ref _dropped);
    }

    public bool TryTake(out RequestFact fact) => _facts.Reader.TryRead(out fact);

    public void TurnAway() => Interlocked.Increment(ref _turnedAway);
}
