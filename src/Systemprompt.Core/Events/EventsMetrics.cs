using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Systemprompt.Events;

/// <summary>What events measure: how late they are heard, who listens, and what became of deliveries.</summary>
internal sealed class EventsMetrics : IDisposable
{
    public static readonly ActivitySource Source = new("Systemprompt.Events");

    private static readonly Meter Happenings = new("Systemprompt.Events");
    private static readonly Histogram<double> Delay = Happenings.CreateHistogram(
        "systemprompt.events.delay", "s", "From an event's publication until this process heard it.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] });

    private static readonly Counter<long> Deliveries = Happenings.CreateCounter<long>("systemprompt.webhooks.deliveries", "{delivery}", "Attempts to deliver an event to a webhook, by outcome: delivered, or the status' class, or failed.");

    private readonly Meter _meter = new("Systemprompt.Events");

    static EventsMetrics()
    {
    }

    public EventsMetrics(EventStreams streams) =>
        _meter.CreateObservableGauge("systemprompt.events.listeners", () => streams.Count, "{listener}", "Listeners of GET /api/v1/events on this process.");

    public static void Heard(TimeSpan delay)
    {
        if (Delay.Enabled) Delay.Record(Math.Max(0, delay.TotalSeconds));
    }

    /// <param name="status">The receiver's; null when it gave none.</param>
    public static void Delivered(int? status) =>
        Deliveries.Add(1, new KeyValuePair<string, object?>("outcome", status switch { null => "failed", >= 200 and < 300 => "delivered", { } code => $"{code / 100}xx" }));

    public void Dispose() => _meter.Dispose();
}
