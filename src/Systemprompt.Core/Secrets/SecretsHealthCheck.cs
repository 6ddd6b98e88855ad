using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Secrets;

/// <summary>Degraded while a secret cannot be opened. Says how many, not which: health is public.</summary>
internal sealed class SecretsHealthCheck(SecretCache cache, SecretKeys keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        cache.Unreadable.Count > 0 ? HealthCheckResult.Degraded($"{cache.Unreadable.Count} secrets cannot be opened with this profile's keys; 'admin secrets list' shows which")
        : keys.Current is null ? HealthCheckResult.Healthy("no key, no secrets")
        : HealthCheckResult.Healthy($"{cache.Count} secrets are open"));
}
