using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Logging;

/// <summary>Degraded for some minutes after lines were dropped.</summary>
internal sealed class LogHealthCheck(LogQueue queue, LogWriter writer, LoggingSettings settings, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !settings.Store.Enabled ? HealthCheckResult.Healthy("lines go to the console only")
        : writer.DroppedAt is { } at && clock.GetUtcNow() - at < Recent ? HealthCheckResult.Degraded($"{queue.DroppedEver} lines were dropped since the start; 'infra logs stats' shows when")
        : HealthCheckResult.Healthy("lines are written", new Dictionary<string, object> { ["waiting"] = queue.Waiting, ["accepted"] = queue.Accepted, ["dropped"] = queue.DroppedEver }));
}
