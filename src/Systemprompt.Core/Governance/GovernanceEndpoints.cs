using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Governance.Hooks;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Governance;

/// <summary>The hook doors, which answer their refusals themselves (<see cref="ErrorShape.Own"/>), and what administrators read.</summary>
internal static class GovernanceEndpoints
{
    private const int MostListed = 10_000;

    public static void Map(RouteMap routes)
    {
        var hooks = routes.For(Tier.User, Tier.Admin, Tier.Mcp, Tier.A2A, Tier.Service).MapGroup("/api/v1/hooks").WithMetadata(ErrorShape.Own, RecordedElsewhere.Other);
        hooks.MapPost("/govern", (RequestDelegate)(static context => context.RequestServices.GetRequiredService<HookHandler>().HandleAsync(context)));
        hooks.MapPost("/track", (RequestDelegate)(static context => context.RequestServices.GetRequiredService<HookHandler>().HandleAsync(context, tracks: true)));

        var governance = routes.For(Tier.Admin).MapGroup("/api/v1/governance");
        governance.MapGet("/decisions", async (
            DecisionStore store, DateTimeOffset? since, string? user, string? session, string? tool, string? model, string? policy, string? verdict, bool? remarked, int? limit, CancellationToken cancellationToken) =>
            verdict is not null && !DecisionFilter.Verdicts.Contains(verdict)
                ? Results.ValidationProblem(new Dictionary<string, string[]> { ["verdict"] = [$"must be one of {string.Join(", ", DecisionFilter.Verdicts)}"] })
                : Results.Ok(await store.ListAsync(
                    new DecisionFilter { Since = since, User = user, Session = session, Tool = tool, Model = model, Policy = policy, Verdict = verdict, Remarked = remarked == true },
                    Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
        governance.MapGet("/coverage", async (CoverageStore store, TimeProvider clock, DateTimeOffset? since, int? limit, CancellationToken cancellationToken) =>
            Results.Ok(await store.GapsAsync(since ?? clock.GetUtcNow() - TimeSpan.FromDays(1), Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
    }
}
