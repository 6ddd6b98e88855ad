using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Hosting;

/// <summary>Degraded while a background loop fails: the process serves, but an operator should look.</summary>
internal sealed class BackgroundHealthCheck(BackgroundLoops loops) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failing = loops.All.Where(loop => loop.Failures > 0).Select(loop => $"{loop.Name} failed {loop.Failures} times").ToList();
        return Task.FromResult(failing.Count == 0
            ? HealthCheckResult.Healthy($"{loops.All.Count} loops run")
            : HealthCheckResult.Degraded(string.Join("; ", failing)));
    }
}
