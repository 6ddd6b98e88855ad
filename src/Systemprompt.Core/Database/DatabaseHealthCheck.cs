using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Database;

/// <summary>The health check <c>database</c>: whether the database answers and takes writes.</summary>
internal sealed class DatabaseHealthCheck(DatabaseProbe probe) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var result = await probe.CheckAsync(cancellationToken);
        return result.Fault is { } fault
            ? new HealthCheckResult(context.Registration.FailureStatus, fault)
            : HealthCheckResult.Healthy($"answers in {result.Took.TotalMilliseconds:0.0} ms");
    }
}
