using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Telemetry;

/// <summary>
/// Sends the three signals, each in a loop of its own. A delivery that fails is tried again for half a minute, with pauses, then given up; meanwhile its
/// queue fills and what comes anew is dropped. Nothing here holds up a request.
/// </summary>
internal sealed partial class OtlpExport(
    TelemetrySettings settings, ExportSignals signals, ExportQueue<Activity> spans, LogTap logs, MetricReader metrics, Resource resource, OtlpClient client, BackgroundLoops loops, TimeProvider clock,
    ILogger<OtlpExport> logger) : IAsyncDisposable
{
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(30), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(8), Farewell = TimeSpan.FromSeconds(3);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly OtlpWriter _spans = new(resource.Attributes, resource.Version), _lines = new(resource.Attributes, resource.Version), _metrics = new(resource.Attributes, resource.Version);

    public void Start()
    {
        if (settings.Otlp.Traces) Run("telemetry.traces", SendSpansAsync);
        if (settings.Otlp.Logs) Run("telemetry.logs", SendLinesAsync);
        if (settings.Otlp.Metrics) Run("telemetry.metrics", SendMetricsInTimeAsync);
    }

    /// <summary>Ends the loops and makes one try to deliver what is left.</summary>
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
        try
        {
            if (settings.Otlp.Traces && spans.TakeNow() is { Count: > 0 } rest) await DeliverAsync(signals.Traces, "/v1/traces", _spans.Spans(rest), rest.Count, TimeSpan.Zero, patience.Token);
            if (settings.Otlp.Metrics) await SendMetricsAsync(patience.Token);
            if (settings.Otlp.Logs && logs.Lines.TakeNow() is { Count: > 0 } lines) await DeliverAsync(signals.Logs, "/v1/logs", _lines.Lines(lines), lines.Count, TimeSpan.Zero, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The collector has had its time.
        }
    }

    private void Run(string name, Func<CancellationToken, Task> turn) => _running.Add(Task.Run(() => loops.RunAsync(name, turn, _stop.Token)));

    private async Task SendSpansAsync(CancellationToken cancellationToken)
    {
        var taken = await spans.TakeAsync(cancellationToken);
        if (taken.Count > 0) await DeliverAsync(signals.Traces, "/v1/traces", _spans.Spans(taken), taken.Count, GiveUp, cancellationToken);
    }

    private async Task SendLinesAsync(CancellationToken cancellationToken)
    {
        var taken = await logs.Lines.TakeAsync(cancellationToken);
        if (taken.Count > 0) await DeliverAsync(signals.Logs, "/v1/logs", _lines.Lines(taken), taken.Count, GiveUp, cancellationToken);
    }

    private async Task SendMetricsInTimeAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.Otlp.Interval, clock, cancellationToken);
        await SendMetricsAsync(cancellationToken);
    }

    // Sums since the start: what one delivery misses is in the next, so none is tried twice.
    private Task SendMetricsAsync(CancellationToken cancellationToken)
    {
        var read = metrics.Read();
        return DeliverAsync(signals.Metrics, "/v1/metrics", _metrics.Metrics(read, metrics.Since, clock.GetUtcNow()), read.Sum(metric => metric.Values.Count), TimeSpan.Zero, cancellationToken);
    }

    private async Task DeliverAsync(ExportSignal signal, string path, ReadOnlyMemory<byte> body, int items, TimeSpan patience, CancellationToken cancellationToken)
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
                return;
            }

            var wait = answer.After ?? pause * (0.8 + (0.4 * Random.Shared.NextDouble()));
            if (!answer.MayRetry || clock.GetElapsedTime(from) + wait > patience)
            {
                signal.Drop(items, clock.GetUtcNow());
                return;
            }

            await Task.Delay(wait, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

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
