using Systemprompt.Hosting;

namespace Systemprompt.Scheduler;

/// <summary>Looks at the queue every few seconds, so that health, which anybody may ask at any rate, asks no database.</summary>
internal sealed class QueueWatch(JobStore store, BackgroundLoops loops, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>What it saw last; null before the first look.</summary>
    public QueueRow? Seen { get; private set; }

    public void Start() => _loop = Task.Run(() => loops.RunAsync("scheduler.watch", TurnAsync, _stop.Token));

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        Seen = await store.StateAsync(cancellationToken);
        await Task.Delay(Every, clock, cancellationToken);
    }
}
