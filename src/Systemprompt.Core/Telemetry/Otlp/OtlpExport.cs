using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;
using Systemprompt.Logging;
using Systemprompt.Profiles;

namespace Systemprompt.Telemetry;

/// <summary>
/// Sends the three signals, each in a loop of its own. A delivery that fails is tried again for half a minute, with pauses, then given up; meanwhile its
/// queue fills and what comes anew is dropped. Nothing here holds up a request.
/// </summary>
internal sealed partial class OtlpExport(
    TelemetrySettings settings, ExportSignals signals, ExportQueue<Activity> spans, LogTap logs, Lazy<MetricReader> metrics, Resource resource, OtlpClient client, BackgroundLoops loops, TimeProvider clock,
    ILogger<OtlpExport> logger) : IAsyncDisposable
{
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(30), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(8), Farewell = TimeSpan.FromSeconds(3);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly OtlpWriter _spans = new(resource.Attributes, resource.Version), _lines = new(resource.Attributes, resource.Version), _metrics = new(resource.Attributes, resource.Version);
    private readonly InFlight<Activity> _heldSpans = new(spans);
    private readonly InFlight<LogEntry> _heldLines = new(logs.Lines);

    public void Start()
    {
        if (settings.Otlp.Traces) Run("telemetry.traces", SendSpansAsync);
        if (settings.Otlp.Logs) Run("telemetry.logs", SendLinesAsync);
        if (settings.Otlp.Metrics) Run("telemetry.metrics", SendMetricsInTimeAsync);
    }

    /// <summary>Ends the loops and delivers what is left, all signals at once, as far as it goes within a little time; the rest is counted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        if (_running.Count > 0) await FarewellAsync();
        _stop.Dispose();
    }

    private async Task FarewellAsync()
    {
        using var patience = new CancellationTokenSource(Farewell, clock);
        var token = patience.Token;
        await Task.WhenAll(
            settings.Otlp.Traces ? EmptyAsync(_heldSpans, signals.Traces, batch => SendAsync(batch, TimeSpan.Zero, token)) : Task.CompletedTask,
            settings.Otlp.Logs ? EmptyAsync(_heldLines, signals.Logs, batch => SendAsync(batch, TimeSpan.Zero, token)) : Task.CompletedTask,
            settings.Otlp.Metrics ? LastMetricsAsync(token) : Task.CompletedTask);
    }

    /// <summary>Until nothing is left, or a delivery fails: then what is left is dropped.</summary>
    private async Task EmptyAsync<T>(InFlight<T> held, ExportSignal signal, Func<IReadOnlyList<T>, Task<bool>> send)
    {
        try
        {
            while (held.Next() is { Count: > 0 } batch)
            {
                var delivered = await send(batch);
                held.Done();
                if (!delivered) break;
            }
        }
        catch (OperationCanceledException)
        {
            // The collector has had its time.
        }

        signal.Drop(held.Clear(), clock.GetUtcNow());
    }

    private async Task LastMetricsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendMetricsAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The collector has had its time.
        }
    }

    private void Run(string name, Func<CancellationToken, Task> turn) => _running.Add(Task.Run(() => loops.RunAsync(name, turn, _stop.Token)));

    private Task SendSpansAsync(CancellationToken cancellationToken) => SendNextAsync(_heldSpans, signals.Traces, batch => SendAsync(batch, GiveUp, cancellationToken), cancellationToken);

    private Task SendLinesAsync(CancellationToken cancellationToken) => SendNextAsync(_heldLines, signals.Logs, batch => SendAsync(batch, GiveUp, cancellationToken), cancellationToken);

    private async Task SendNextAsync<T>(InFlight<T> held, ExportSignal signal, Func<IReadOnlyList<T>, Task<bool>> send, CancellationToken cancellationToken)
    {
        if (await held.TakeAsync(cancellationToken) is not { Count: > 0 } taken) return;
        try
        {
            await send(taken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What cannot be written must not be tried for ever.
            signal.Drop(taken.Count, clock.GetUtcNow());
            held.Done();
            throw;
        }

        held.Done();
    }

    private Task<bool> SendAsync(IReadOnlyList<Activity> batch, TimeSpan patience, CancellationToken cancellationToken) =>
        DeliverAsync(signals.Traces, "/v1/traces", _spans.Spans(batch), batch.Count, patience, cancellationToken);

    private Task<bool> SendAsync(IReadOnlyList<LogEntry> batch, TimeSpan patience, CancellationToken cancellationToken) =>
        DeliverAsync(signals.Logs, "/v1/logs", _lines.Lines(batch), batch.Count, patience, cancellationToken);

    private async Task SendMetricsInTimeAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.Otlp.Interval, clock, cancellationToken);
        await SendMetricsAsync(cancellationToken);
    }

    // Sums since the start: what one delivery misses is in the next, so none is tried twice.
    private Task SendMetricsAsync(CancellationToken cancellationToken)
    {
        var reader = metrics.Value;
        var read = reader.Read();
        return DeliverAsync(signals.Metrics, "/v1/metrics", _metrics.Metrics(read, reader.Since, clock.GetUtcNow()), read.Sum(metric => metric.Values.Count), TimeSpan.Zero, cancellationToken);
    }

    /// <summary>True when the collector took it; false when it was given up, and counted.</summary>
    private async Task<bool> DeliverAsync(ExportSignal signal, string path, ReadOnlyMemory<byte> body, int items, TimeSpan patience, CancellationToken cancellationToken)
    {
        var (from, pause) = (clock.GetTimestamp(), FirstPause);
        while (true)
        {
            var answer = await client.SendAsync(path, body, cancellationToken);
            if (signal.Tell(answer.IsDelivered ? null : answer.Reason)) Say(signal, answer);
            if (answer.IsDelivered)
            {
                signal.Deliver(Math.Max(0, items - answer.Rejected));
                signal.Drop(Math.Min(items, answer.Rejected), clock.GetUtcNow());
                return true;
            }

            var wait = Wait(answer.After, pause * (0.8 + (0.4 * Random.Shared.NextDouble())));
            if (!answer.MayRetry || clock.GetElapsedTime(from) + wait > patience)
            {
                signal.Drop(items, clock.GetUtcNow());
                return false;
            }

            await Task.Delay(wait, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>What the collector asks for, but never less than our own pause: "at once" would have us ask without end.</summary>
    internal static TimeSpan Wait(TimeSpan? asked, TimeSpan own) => asked is { } after && after > own ? after : own;

    private void Say(ExportSignal signal, OtlpAnswer answer)
    {
        if (answer.IsDelivered) Works(logger, signal.Name, signal.Dropped);
        else Fails(logger, signal.Name, answer.Reason);
    }

    [LoggerMessage(1701, LogLevel.Warning, "Telemetry: {Signal} are not delivered: {Reason}. Requests go on; what cannot wait any longer is dropped and counted")]
    private static partial void Fails(ILogger logger, string signal, string reason);

    [LoggerMessage(1702, LogLevel.Information, "Telemetry: {Signal} are delivered again; {Dropped} were dropped since the start")]
    private static partial void Works(ILogger logger, string signal, long dropped);
}

/// <summary>What everything that leaves comes from, as OpenTelemetry's conventions name it.</summary>
internal sealed class Resource(HostInfo info, Profile profile)
{
    public string Version => info.CoreVersion;

    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; } =
    [
        new("service.name", info.Name), new("service.version", info.Version), new("service.instance.id", info.Instance), new("deployment.environment.name", profile.Name),
        new("systemprompt.tenant", profile.Tenant), new("telemetry.sdk.name", "systemprompt"), new("telemetry.sdk.language", "dotnet"), new("telemetry.sdk.version", info.CoreVersion),
    ];
}
