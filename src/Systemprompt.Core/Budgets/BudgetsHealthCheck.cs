using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Budgets;

/// <summary>Degraded while this replica's lease is not renewed: calls are made only from what it holds.</summary>
internal sealed class BudgetsHealthCheck(SliceKeeper keeper, BudgetCatalogue catalogue) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        keeper.Failures > 0 && catalogue.All.Length > 0
            ? HealthCheckResult.Degraded(keeper.MaySpend ? "the database does not answer; budgets are spent from what this replica holds" : "the database does not answer; calls that count on budgets are refused")
            : HealthCheckResult.Healthy(catalogue.All.Length == 1 ? "1 budget is kept" : $"{catalogue.All.Length} budgets are kept"));
}
