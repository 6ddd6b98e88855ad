namespace Systemprompt.Telemetry;

/// <summary>One of the three signals on its way to the collector: what was delivered, what was not, and whether it works now.</summary>
internal sealed class ExportSignal(string name)
{
    private readonly Lock _lock = new();
    private long _delivered, _dropped;

    public string Name => name;

    /// <summary>Spans, lines or metric points that the collector took.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Those that nobody will see: no room while they waited, refused, or given up.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>How many wait.</summary>
    public Func<int> Waiting { get; set; } = static () => 0;

    /// <summary>Why deliveries fail; null while they do not.</summary>
    public string? Fault { get; private set; }

    /// <summary>When something was dropped last.</summary>
    public DateTimeOffset? DroppedAt { get; private set; }

    public void Deliver(long items) => Interlocked.Add(ref _delivered, items);

    public void Drop(long items, DateTimeOffset at)
    {
        if (items == 0) return;
        Interlocked.Add(ref _dropped, items);
        lock (_lock) DroppedAt = at;
    }

    /// <returns>True when this is news.</returns>
    public bool Tell(string? fault)
    {
        lock (_lock)
        {
            var news = Fault is null != fault is null;
            Fault = fault;
            return news;
        }
    }
}

/// <summary>The three of them.</summary>
internal sealed class ExportSignals
{
    public ExportSignal Traces { get; } = new("traces");

    public ExportSignal Metrics { get; } = new("metrics");

    public ExportSignal Logs { get; } = new("logs");

    public IReadOnlyList<ExportSignal> All => field ??= [Traces, Metrics, Logs];
}
