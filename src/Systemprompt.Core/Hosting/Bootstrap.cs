using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Hosting;

/// <summary>
/// From bound to ready, in order: database reachable and fit → migrations → extensions in dependency order → API_READY. What may mend
/// itself (a database that is away) is waited for; what does not (a changed migration) ends the process with its reason.
/// </summary>
internal sealed partial class Bootstrap(IServiceProvider services, ExtensionRegistry registry) : IAsyncDisposable
{
    private readonly ILogger _logger = services.GetRequiredService<ILogger<Bootstrap>>();
    private readonly Readiness _readiness = services.GetRequiredService<Readiness>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Stack<Extension> _started = new();
    private Task _completion = Task.CompletedTask;
    private int _ended;

    /// <summary>Completes when ready; faults when start-up failed for good.</summary>
    public Task Completion => _completion;

    public void Begin() => _completion = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>Stops what was started, in reverse order. Safe to call again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        await _stop.CancelAsync();
        await _completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_started.Count > 0) await DrainAsync();
        while (_started.TryPop(out var extension)) await StopAsync(extension);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var from = _clock.GetTimestamp();
        _readiness.Report("waiting for the database");
        await services.GetRequiredService<DatabaseBoot>().BringUpAsync(cancellationToken);
        Started(_logger, "the database", (long)_clock.GetElapsedTime(from).TotalMilliseconds);
        foreach (var extension in registry.Enabled)
        {
            _readiness.Report($"starting {extension.Id}");
            _started.Push(extension);
            var began = _clock.GetTimestamp();
            await extension.StartAsync(services, cancellationToken);
            Started(_logger, extension.Id, (long)_clock.GetElapsedTime(began).TotalMilliseconds);
        }

        _readiness.Set(ReadyState.Ready, "ready");
        Ready(_logger, (long)_clock.GetElapsedTime(from).TotalMilliseconds);
    }

    private async Task DrainAsync()
    {
        try
        {
            foreach (var drain in services.GetServices<IDrain>()) await drain.DrainAsync();
        }
        catch (Exception exception)
        {
            StopFailed(_logger, "drain", exception);
        }
    }

    private async Task StopAsync(Extension extension)
    {
        try
        {
            await extension.StopAsync(services, CancellationToken.None);
        }
        catch (Exception exception)
        {
            StopFailed(_logger, extension.Id, exception);
        }
    }

    [LoggerMessage(1005, LogLevel.Information, "API_READY after {Milliseconds} ms")]
    private static partial void Ready(ILogger logger, long milliseconds);

    [LoggerMessage(1008, LogLevel.Debug, "Started {Part} in {Milliseconds} ms")]
    private static partial void Started(ILogger logger, string part, long milliseconds);

    [LoggerMessage(1006, LogLevel.Error, "Extension {Extension} failed to stop")]
    private static partial void StopFailed(ILogger logger, string extension, Exception exception);
}
