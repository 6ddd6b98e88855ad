using System.Diagnostics.Metrics;

namespace Systemprompt.Hosting;

/// <summary>Whether the process serves, and how its loops fare.</summary>
internal sealed class HostingMetrics : IDisposable
{
    private readonly Meter _meter = new("Systemprompt.Hosting");

    public HostingMetrics(Readiness readiness, BackgroundLoops loops, ClockWatch watch, HostInfo info, TimeProvider clock)
    {
        _meter.CreateObservableGauge("systemprompt.ready", () => readiness.IsReady ? 1 : 0, null, "1 while the process serves, or runs jobs; 0 while it stops.");
        _meter.CreateObservableGauge("systemprompt.uptime", () => (clock.GetUtcNow() - info.StartedAt).TotalSeconds, "s", "Since the process started.");
        _meter.CreateObservableCounter("systemprompt.clock.jumps", () => watch.Jumps, "{jump}", "Jumps of this machine's clock by more than two seconds.");
        _meter.CreateObservableGauge(
            "systemprompt.background.failures",
            () => loops.All.Select(loop => new Measurement<int>(loop.Failures, new KeyValuePair<string, object?>("loop", loop.Name))),
            "{failure}", "Failures of a background loop since it last succeeded; 0 when it is well.");
    }

    public void Dispose() => _meter.Dispose();
}
