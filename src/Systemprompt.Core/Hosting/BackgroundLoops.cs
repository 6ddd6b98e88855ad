using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Hosting;

/// <summary>
/// Runs background work that must not die: an exception is logged, shown in health, and the work starts again after a pause that
/// grows to 30 s. One instance a process.
/// </summary>
public sealed partial class BackgroundLoops(TimeProvider clock, ILogger<BackgroundLoops> logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, LoopState> _loops = new();

    /// <summary>Every loop and how it fares.</summary>
    public IReadOnlyCollection<LoopState> All => [.. _loops.Values.OrderBy(loop => loop.Name, StringComparer.Ordinal)];

    /// <summary>Runs <paramref name="body"/> until cancelled, again and again. The body itself waits for its next turn.</summary>
    /// <param name="name">Stable name, <c>room.loop</c>, such as <c>audit.lease</c>.</param>
    /// <param name="body">One turn. Returning means the turn succeeded.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(body);
        var state = _loops.GetOrAdd(name, static key => new LoopState(key));
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await body(cancellationToken).ConfigureAwait(false);
                state.Succeeded(clock.GetUtcNow());
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                var failures = state.Failed(clock.GetUtcNow(), exception);
                LoopFailed(logger, name, failures, exception);
                await PauseAsync(failures, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(int failures, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(100 * Math.Pow(2, Math.Min(failures, 10) - 1));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(1001, LogLevel.Error, "Background loop {Loop} failed, {Failures} in a row; it starts again")]
    private static partial void LoopFailed(ILogger logger, string loop, int failures, Exception exception);
}

/// <summary>How one background loop fares.</summary>
public sealed class LoopState
{
    private readonly Lock _lock = new();

    internal LoopState(string name) => Name = name;

    /// <summary>The loop's name.</summary>
    public string Name { get; }

    /// <summary>Failures since the last success; 0 when it is well.</summary>
    public int Failures { get; private set; }

    /// <summary>Why the last turn failed, while <see cref="Failures"/> is not 0.</summary>
    public string? LastError { get; private set; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset At { get; private set; }

    internal void Succeeded(DateTimeOffset at)
    {
        lock (_lock) (Failures, LastError, At) = (0, null, at);
    }

    internal int Failed(DateTimeOffset at, Exception exception)
    {
        lock (_lock)
        {
            (LastError, At) = (exception.Message, at);
            return ++Failures;
        }
    }
}
