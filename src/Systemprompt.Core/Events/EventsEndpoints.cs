using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Events;

/// <summary><c>/api/v1/events</c> to listen to, and <c>/api/v1/webhooks</c> for administrators.</summary>
internal static class EventsEndpoints
{
    public static void Map(RouteMap routes)
    {
        routes.For(Tier.User, Tier.Admin, Tier.Service, Tier.Mcp, Tier.A2A).MapGet("/api/v1/events", (HttpContext context, StreamEndpoint stream) => stream.HandleAsync(context));
        var webhooks = routes.For(Tier.Admin).MapGroup("/api/v1/webhooks");
        webhooks.MapGet("", async (WebhookStore store, CancellationToken cancellationToken) => Results.Ok(await store.ListAsync(cancellationToken)));
        webhooks.MapPost("", (NewWebhookBody body, WebhookDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var key = await desk.CreateAsync(body.Name ?? "", body.Url ?? "", body.Kinds ?? [], context.Principal().Subject, cancellationToken);
            return Results.Created($"/api/v1/webhooks/{body.Name}", new { body.Name, key });
        }));
        webhooks.MapPost("/{name}/enable", (string name, WebhookDesk desk, HttpContext context, CancellationToken cancellationToken) => SetAsync(name, true, desk, context, cancellationToken));
        webhooks.MapPost("/{name}/disable", (string name, WebhookDesk desk, HttpContext context, CancellationToken cancellationToken) => SetAsync(name, false, desk, context, cancellationToken));
        webhooks.MapDelete("/{name}", (string name, WebhookDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            await desk.DeleteAsync(name, context.Principal().Subject, cancellationToken);
            return Results.NoContent();
        }));
    }

    private static Task<IResult> SetAsync(string name, bool enabled, WebhookDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
    {
        await desk.SetAsync(name, enabled, context.Principal().Subject, cancellationToken);
        return Results.NoContent();
    });

    private static async Task<IResult> DoAsync(Func<Task<IResult>> change)
    {
        try
        {
            return await change();
        }
        catch (WebhookException fault)
        {
            return Results.ValidationProblem(new Dictionary<string, string[]> { ["webhook"] = [fault.Message] });
        }
    }
}

/// <summary>The body of a POST.</summary>
internal sealed record NewWebhookBody(string? Name, string? Url, string[]? Kinds);
