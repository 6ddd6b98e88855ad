using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Budgets;

/// <summary><c>/api/v1/budgets</c> for administrators: what commands show and do.</summary>
internal static class BudgetsEndpoints
{
    private const int MostListed = 10_000;

    public static void Map(RouteMap routes)
    {
        var budgets = routes.For(Tier.Admin).MapGroup("/api/v1/budgets");
        budgets.MapGet("", async (BudgetDesk desk, CancellationToken cancellationToken) => Json(await desk.ListAsync(cancellationToken)));
        budgets.MapGet("/usage", async (BudgetStore store, string? budget, string? key, DateTimeOffset? since, int? limit, CancellationToken cancellationToken) =>
            Json(await store.UsageAsync(budget, key, since, Math.Clamp(limit ?? 1000, 1, MostListed), cancellationToken)));
        budgets.MapGet("/{name}", (string name, BudgetDesk desk, CancellationToken cancellationToken) => DoAsync(async () => Json(await desk.FindAsync(name, cancellationToken))));
        budgets.MapGet("/{name}/history", async (string name, BudgetStore store, int? limit, CancellationToken cancellationToken) =>
            Json(await store.ChangesAsync(name, Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
        budgets.MapPut("/{name}", (string name, JsonElement body, BudgetDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
            Json(new { name, version = await desk.SetAsync(name, Read(body), context.Principal().Subject, cancellationToken) })));
        budgets.MapDelete("/{name}", (string name, BudgetDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            await desk.RemoveAsync(name, context.Principal().Subject, cancellationToken);
            return Results.NoContent();
        }));
        budgets.MapPost("/{name}/reset", (string name, BudgetDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            await desk.ResetAsync(name, context.Principal().Subject, cancellationToken);
            return Results.NoContent();
        }));
    }

    private static BudgetSettings Read(JsonElement body)
    {
        try
        {
            foreach (var required in new[] { "per", "window" })
                if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(required, out _)) throw new BudgetException("invalid", "a budget has per (tenant, user, team, key, model), window (day, week, month) and one of requests, tokens, microdollars");
            return body.Deserialize<BudgetSettings>(BudgetJson.Options)!;
        }
        catch (JsonException fault)
        {
            throw new BudgetException("invalid", $"the body is no budget: {fault.Path ?? "$"} is not what it may be");
        }
    }

    private static async Task<IResult> DoAsync(Func<Task<IResult>> change)
    {
        try
        {
            return await change();
        }
        catch (BudgetException fault)
        {
            return Problems.Of(fault.Status, fault.Code, fault.Message);
        }
    }

    // In the words of the profile, as they are sent.
    private static IResult Json<T>(T value) => Results.Json(value, BudgetJson.Options);
}
