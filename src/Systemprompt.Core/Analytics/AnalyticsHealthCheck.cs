using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Analytics;

/// <summary>Degraded for some minutes after something could not be recorded.</summary>
internal sealed class AnalyticsHealthCheck(RequestQueue queue, TrafficWriter writer, AnalyticsSettings settings, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !settings.Enabled ? HealthCheckResult.Healthy("requests are not recorded (analytics.enabled)")
        : writer.DroppedAt is { } at && clock.GetUtcNow() - at < Recent ? HealthCheckResult.Degraded($"{writer.DroppedEver} requests were not recorded since the start (analytics.queue)")
        : HealthCheckResult.Healthy("requests are recorded", new Dictionary<string, object>
        {
            ["waiting"] = queue.Waiting, ["accepted"] = queue.Accepted, ["dropped"] = writer.DroppedEver, ["turned_away"] = queue.TurnedAway,
        }));
}
