using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Telemetry;

/// <summary>Degraded while the collector does not take what is sent, and for some minutes after something was dropped. Names no address: health is public.</summary>
internal sealed class TelemetryHealthCheck(TelemetrySettings settings, ExportSignals signals, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Judge());

    private HealthCheckResult Judge()
    {
        if (settings.Otlp.Endpoint is null) return HealthCheckResult.Healthy("nothing is sent (telemetry.otlp.endpoint)");
        var failing = signals.All.Where(signal => signal.Fault is not null).Select(signal => $"{signal.Name}: {signal.Fault}; {signal.Dropped} dropped since the start").ToList();
        if (failing.Count > 0) return HealthCheckResult.Degraded(string.Join("; ", failing));
        var dropping = signals.All.Where(signal => signal.DroppedAt is { } at && clock.GetUtcNow() - at < Recent).Select(signal => $"{signal.Dropped} {signal.Name}").ToList();
        return dropping.Count > 0 ? HealthCheckResult.Degraded($"dropped since the start: {string.Join(", ", dropping)}") : HealthCheckResult.Healthy("the collector takes what is sent");
    }
}
