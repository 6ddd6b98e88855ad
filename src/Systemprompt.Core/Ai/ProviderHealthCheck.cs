using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Ai;

/// <summary>Says which providers take calls. It asks none of them: a provider's bad day is not this process's.</summary>
internal sealed class ProviderHealthCheck(ProviderCatalog catalog, ProviderGates gates, RouteSelectors selectors) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var enabled = string.Join(", ", catalog.All.Where(provider => provider.IsEnabled).Select(provider => provider.Name));
        var disabled = string.Join(", ", catalog.All.Where(provider => !provider.IsEnabled).Select(provider => provider.Name));
        var alone = string.Join(", ", catalog.All.Where(provider => gates.For(provider).IsOpen).Select(provider => provider.Name));
        if (enabled.Length > 0 && selectors.InTrouble is { Count: > 0 } silent)
            return Task.FromResult(HealthCheckResult.Degraded($"providers: {enabled}; route selectors that fail, so that their routes keep their own order: {string.Join(", ", silent)}"));
        return Task.FromResult(enabled.Length == 0
            ? HealthCheckResult.Degraded("no provider is enabled; 'gateway providers' says why")
            : HealthCheckResult.Healthy($"providers: {enabled}{(disabled.Length == 0 ? "" : $"; disabled: {disabled}")}{(alone.Length == 0 ? "" : $"; left alone after failures: {alone}")}"));
    }
}
