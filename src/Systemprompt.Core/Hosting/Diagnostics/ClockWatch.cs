using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Hosting;

/// <summary>
/// Sees when this machine's clock jumps: it is compared with the monotonic one every few seconds. Waits and leases here run on the monotonic clock and the
/// database's; tokens, times in rows and schedules follow the jumping one, so somebody should know.
/// </summary>
internal sealed partial class ClockWatch(BackgroundLoops loops, TimeProvider clock, ILogger<ClockWatch> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5), Jump = TimeSpan.FromSeconds(2), Recent = TimeSpan.FromMinutes(10);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private DateTimeOffset _wall;
    private TimeSpan _last;
    private long _at, _jumpedAt;

    /// <summary>Jumps since the start.</summary>
    public int Jumps { get; private set; }

    /// <summary>The last one, forwards or backwards, while it is recent; else null.</summary>
    public TimeSpan? Last => Jumps > 0 && clock.GetElapsedTime(_jumpedAt) < Recent ? _last : null;

    public void Start()
    {
        (_wall, _at) = (clock.GetUtcNow(), clock.GetTimestamp());
        _loop = Task.Run(() => loops.RunAsync("hosting.clock", TurnAsync, _stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>One look.</summary>
    internal void Look()
    {
        var (wall, at) = (clock.GetUtcNow(), clock.GetTimestamp());
        var apart = wall - _wall - clock.GetElapsedTime(_at, at);
        (_wall, _at) = (wall, at);
        if (apart.Duration() < Jump) return;
        _jumpedAt = at;
        _last = apart;
        Jumps++;
        Jumped(logger, Math.Round(apart.TotalSeconds, 1));
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Every, clock, cancellationToken);
        Look();
    }

    [LoggerMessage(1007, LogLevel.Warning, "This machine's clock jumped by {Seconds} s. Tokens, schedules and times in rows follow it; see what keeps the clock (NTP), or whether the machine was suspended")]
    private static partial void Jumped(ILogger logger, double seconds);
}

/// <summary>Degraded for some minutes after the clock jumped.</summary>
internal sealed class ClockHealthCheck(ClockWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(watch.Last is { } jump
        ? HealthCheckResult.Degraded($"this machine's clock jumped by {jump.TotalSeconds:0.0} s a short time ago")
        : HealthCheckResult.Healthy("runs evenly"));
}
