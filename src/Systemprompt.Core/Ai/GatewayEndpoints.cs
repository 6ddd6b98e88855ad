using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Ai;

/// <summary>What <c>gateway providers</c> and <c>gateway routes</c> show, for administrators over HTTP: as this process has it, and never a key.</summary>
internal static class GatewayEndpoints
{
    public static void Map(RouteMap routes)
    {
        var gateway = routes.For(Tier.Admin).MapGroup("/api/v1/gateway");
        gateway.MapGet("/providers", (ProviderCatalog catalog) => Results.Ok(catalog.All.Select(ProviderRow.Of)));
        gateway.MapGet("/routes", (ModelRouter router) => Results.Ok(router.Routes.Select(RouteView.Of)));
        gateway.MapGet("/routes/test", TestAsync);
    }

    /// <summary>Where a call would go, in the order in which providers are asked. A route's selector is asked too, as for a call.</summary>
    private static async Task<IResult> TestAsync(
        ModelRouter router, RouteSelectors selectors, IMemberships memberships, string? model, bool? tools, bool? stream, long? bytes, string? user, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(model)) return Problems.Of(400, "invalid", "say which model, as a client names it: ?model=echo");
        if (bytes < 0) return Problems.Of(400, "invalid", "bytes must not be negative");
        var asked = new RouteQuestion(model, tools == true, stream == true, bytes ?? 0, string.IsNullOrEmpty(user) ? null : user);
        var plan = await asked.SelectAsync(router.Plan(asked.Model, asked.Tools, asked.Stream, asked.Bytes), selectors, memberships, cancellationToken);
        if (plan.Targets.Count > 0) return Results.Ok(TargetRow.Of(plan));
        var fault = GatewayFault.UnknownModel(model, plan.Disabled);
        return Problems.Of(fault.Status, fault.Code, fault.Message);
    }
}

/// <summary>One route, with its conditions as the profile has them; null where it makes none. Sizes are in bytes.</summary>
internal sealed record RouteView(string Name, IReadOnlyList<string> Models, bool? Tools, bool? Stream, long? MinBody, long? MaxBody, IReadOnlyList<string> To, string? Selector)
{
    public static RouteView Of(Route route) => new(
        route.Name, route.Settings.Models, route.Settings.Tools, route.Settings.Stream, route.Settings.MinBody?.Bytes, route.Settings.MaxBody?.Bytes, route.Settings.To, route.Settings.Selector);
}
