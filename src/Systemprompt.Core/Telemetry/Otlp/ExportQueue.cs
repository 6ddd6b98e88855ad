using System.Threading.Channels;

namespace Systemprompt.Telemetry;

/// <summary>
/// What waits for the collector. Bounded: what has no place is dropped and counted. Whoever puts something in never waits, whatever the collector does.
/// </summary>
internal sealed class ExportQueue<T>
{
    public const int Capacity = 4096;
    private const int Portion = 512;
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(1);

    private readonly Channel<T> _items = Channel.CreateBounded<T>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly ExportSignal _signal;
    private readonly TimeProvider _clock;

    public ExportQueue(ExportSignal signal, TimeProvider clock)
    {
        (_signal, _clock) = (signal, clock);
        signal.Waiting = () => _items.Reader.Count;
    }

    /// <summary>Asked before an item is put together.</summary>
    public bool IsFull => _items.Reader.Count >= Capacity;

    public void Offer(T item)
    {
        if (!_items.Writer.TryWrite(item)) Drop();
    }

    public void Drop() => _signal.Drop(1, _clock.GetUtcNow());

    /// <summary>Waits for something, and a moment for what comes with it.</summary>
    public async Task<IReadOnlyList<T>> TakeAsync(CancellationToken cancellationToken)
    {
        if (!await _items.Reader.WaitToReadAsync(cancellationToken)) return [];
        if (_items.Reader.Count < Portion) await Task.Delay(Gather, _clock, cancellationToken);
        return TakeNow();
    }

    /// <summary>What there is, up to one delivery.</summary>
    public IReadOnlyList<T> TakeNow()
    {
        var taken = new List<T>();
        while (taken.Count < Portion && _items.Reader.TryRead(out var item)) taken.Add(item);
        return taken;
    }
}
