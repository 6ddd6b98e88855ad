using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Live;

/// <summary>Degraded while something is set live that this version does not take.</summary>
internal sealed class LiveHealthCheck(LiveFeed feed) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        feed.Faults is { Count: > 0 } faults
            ? HealthCheckResult.Degraded($"set live to what this version does not take, so the profile counts: {string.Join(", ", faults)}")
            : HealthCheckResult.Healthy("what is set live is taken"));
}
