namespace Systemprompt.Telemetry;

/// <summary>What was taken from a queue and is not delivered yet: a delivery that is cut short is tried again, or counted.</summary>
internal sealed class InFlight<T>(ExportQueue<T> queue)
{
    private IReadOnlyList<T> _taken = [];

    /// <summary>What is in flight, else waits for something.</summary>
    public async Task<IReadOnlyList<T>> TakeAsync(CancellationToken cancellationToken) => _taken = _taken.Count > 0 ? _taken : await queue.TakeAsync(cancellationToken);

    /// <summary>What is in flight, else what there is.</summary>
    public IReadOnlyList<T> Next() => _taken = _taken.Count > 0 ? _taken : queue.TakeNow();

    /// <summary>It was delivered, or counted.</summary>
    public void Done() => _taken = [];

    /// <summary>Gives up all there is; returns how much.</summary>
    public int Clear()
    {
        var left = 0;
        for (; Next().Count > 0; Done()) left += _taken.Count;
        return left;
    }
}
