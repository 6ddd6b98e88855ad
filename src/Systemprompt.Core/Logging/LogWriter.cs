using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Hosting;

namespace Systemprompt.Logging;

/// <summary>Writes what waits in batches: every moment, at once when an error is among it. While the database is away lines wait, and drop when there are too many.</summary>
internal sealed partial class LogWriter(LogQueue queue, LogStore store, BackgroundLoops loops, TimeProvider clock, ILogger<LogWriter> logger) : IAsyncDisposable
{
    private const int MostAtOnce = 10_000;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LogEntry> _batch = [];
    private Task _loop = Task.CompletedTask;
    private long _told = long.MinValue;

    /// <summary>When lines were last dropped.</summary>
    public DateTimeOffset? DroppedAt { get; private set; }

    public void Start() => _loop = Task.Run(() => loops.RunAsync("logging.write", TurnAsync, _stop.Token));

    /// <summary>Writes what is there, within a little time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(LastWords, clock);
        try
        {
            while (Fill()) await WriteAsync(limit.Token);
        }
        catch (Exception exception) when (DatabaseErrors.IsTransient(exception) || exception is OperationCanceledException)
        {
            // The console has them.
        }

        _stop.Dispose();
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count > 0 || await GatherAsync(cancellationToken)) await WriteAsync(cancellationToken);
        TellDropped();
    }

    /// <summary>Waits for a first line, then a moment for others, less when one of them is urgent or there is enough.</summary>
    private async Task<bool> GatherAsync(CancellationToken cancellationToken)
    {
        if (!await WaitAsync(cancellationToken)) return false;
        var began = clock.GetTimestamp();
        while (true)
        {
            var urgent = Fill() && _batch.Exists(line => line.Level >= LogLevel.Error);
            var left = Moment - clock.GetElapsedTime(began);
            if (urgent || _batch.Count >= MostAtOnce || left <= TimeSpan.Zero) return _batch.Count > 0;
            await Task.Delay(left < Look ? left : Look, clock, cancellationToken);
        }
    }

    /// <summary>Waits for a line, or for the time to look whether some were dropped.</summary>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(TellEvery, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            return await queue.Lines.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private bool Fill()
    {
        while (_batch.Count < MostAtOnce && queue.Lines.TryRead(out var line)) _batch.Add(line);
        return _batch.Count > 0;
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(_batch, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
        {
            // One line that PostgreSQL does not take must not hold up the others for ever; what it was stands on the console.
            foreach (var line in _batch) await WriteOneAsync(line, cancellationToken);
        }

        _batch.Clear();
    }

    private async Task WriteOneAsync(LogEntry line, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync([line], cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
        {
            queue.Drop();
        }
    }

    /// <summary>Says on the console and in the table that lines are missing: not for each, that would be the next storm.</summary>
    private void TellDropped()
    {
        // While the storm goes on this line would be dropped too.
        if (queue.IsFull || (_told != long.MinValue && clock.GetElapsedTime(_told) < TellEvery)) return;
        if (queue.TakeDropped() is not (> 0 and var dropped)) return;
        _told = clock.GetTimestamp();
        DroppedAt = clock.GetUtcNow();
        LinesDropped(logger, dropped);
    }

    [LoggerMessage(2302, LogLevel.Warning, "{Dropped} log lines were dropped: they came faster than they could be written (logging.store.queue)")]
    private static partial void LinesDropped(ILogger logger, long dropped);
}
