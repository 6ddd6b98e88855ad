using System.Diagnostics.Metrics;

namespace Systemprompt.Telemetry;

/// <summary>The exporter's own figures.</summary>
internal sealed class TelemetryMetrics : IDisposable
{
    private readonly Meter _meter = new("Systemprompt.Telemetry");

    public TelemetryMetrics(ExportSignals signals)
    {
        _meter.CreateObservableCounter("systemprompt.telemetry.delivered", () => Each(signals, signal => signal.Delivered), "{item}", "Spans, lines and metric points that the collector took, by signal.");
        _meter.CreateObservableCounter("systemprompt.telemetry.dropped", () => Each(signals, signal => signal.Dropped), "{item}", "Those that were dropped: no room while they waited, refused, or given up, by signal.");
        _meter.CreateObservableGauge("systemprompt.telemetry.waiting", () => Each(signals, signal => signal.Waiting()), "{item}", "Those that wait for the collector, by signal.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Each(ExportSignals signals, Func<ExportSignal, long> value) =>
        signals.All.Select(signal => new Measurement<long>(value(signal), new KeyValuePair<string, object?>("signal", signal.Name)));
}
