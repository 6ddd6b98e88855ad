using System.Diagnostics.Metrics;

namespace Systemprompt.Logging;

/// <summary>How the lines on their way into the database fare.</summary>
internal sealed class LoggingMetrics : IDisposable
{
    private readonly Meter _meter = new("Systemprompt.Logging");

    public LoggingMetrics(LogQueue queue)
    {
        _meter.CreateObservableCounter("systemprompt.logs.accepted", () => queue.Accepted, "{line}", "Lines taken for the database.");
        _meter.CreateObservableCounter("systemprompt.logs.dropped", () => queue.DroppedEver, "{line}", "Lines that had no place and were dropped.");
        _meter.CreateObservableGauge("systemprompt.logs.waiting", () => queue.Waiting, "{line}", "Lines that wait to be written.");
    }

    public void Dispose() => _meter.Dispose();
}
