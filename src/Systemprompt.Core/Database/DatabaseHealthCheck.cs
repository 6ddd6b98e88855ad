using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Database;

/// <summary>The health check <c>database</c>: whether the database answers and takes writes. Degraded, not unhealthy, while requests are served without it.</summary>
internal sealed class DatabaseHealthCheck(DatabaseProbe probe, IEnumerable<IWithoutDatabase> others) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var result = await probe.CheckAsync(cancellationToken);
        return result.Fault is not { } fault ? HealthCheckResult.Healthy($"answers in {result.Took.TotalMilliseconds:0.0} ms")
            : others.Any(static other => other.IsServing) ? HealthCheckResult.Degraded($"{fault}; calls go on without it")
            : new HealthCheckResult(context.Registration.FailureStatus, fault);
    }
}
