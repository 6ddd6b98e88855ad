using Microsoft.Extensions.Logging;
using Systemprompt.Database;

namespace Systemprompt.Scheduler;

/// <summary>
/// Decides which enqueues tell the workers: PostgreSQL hands notifications over one commit at a time, so a burst sends one at its beginning
/// and one after it, not one a job. Workers poll besides.
/// </summary>
internal sealed partial class Announcer(NotifyBus bus, TimeProvider clock, ILogger<Announcer> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(20);
    private long _last = long.MinValue;
    private int _trailing;

    /// <summary>True when this enqueue is to carry a notification in its transaction.</summary>
    public bool Take()
    {
        var now = clock.GetTimestamp();
        var last = Volatile.Read(ref _last);
        if ((last == long.MinValue || clock.GetElapsedTime(last, now) >= Pause) && Interlocked.CompareExchange(ref _last, now, last) == last) return true;
        if (Interlocked.Exchange(ref _trailing, 1) == 0) _ = TrailAsync();
        return false;
    }

    private async Task TrailAsync()
    {
        try
        {
            await Task.Delay(After, clock);
            Volatile.Write(ref _trailing, 0);
            await bus.PublishAsync(EnqueueStore.Channel, "", CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The workers find the jobs when they poll.
            NotTold(logger, exception);
        }
    }

    [LoggerMessage(2401, LogLevel.Debug, "Workers were not told of new jobs; they find them when they poll")]
    private static partial void NotTold(ILogger logger, Exception exception);
}
