using Microsoft.Extensions.Logging;

namespace Systemprompt.Database;

/// <summary>
/// Decides which changes carry a notification: PostgreSQL hands notifications over one commit at a time, so a burst sends one at its beginning
/// and one after it, not one a change. Whoever listens polls besides.
/// </summary>
internal sealed partial class Announcer(string channel, NotifyBus bus, TimeProvider clock, ILogger<Announcer> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(20);
    private long _last = long.MinValue;
    private int _trailing;

    /// <summary>True when this change is to carry a notification in its transaction.</summary>
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
            await bus.PublishAsync(channel, "", CancellationToken.None);
        }
        catch (Exception exception)
        {
            // It is found by polling.
            NotTold(logger, channel, exception);
        }
    }

    [LoggerMessage(1240, LogLevel.Debug, "A notification on {Channel} was not sent; what it is about is found by polling")]
    private static partial void NotTold(ILogger logger, string channel, Exception exception);
}
