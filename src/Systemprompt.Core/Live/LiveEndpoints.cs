using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Live;

/// <summary><c>/api/v1/settings</c> for administrators: what commands show and do.</summary>
internal static class LiveEndpoints
{
    private const int MostListed = 10_000;

    public static void Map(RouteMap routes)
    {
        var settings = routes.For(Tier.Admin).MapGroup("/api/v1/settings");
        settings.MapGet("", async (LiveDesk desk, CancellationToken cancellationToken) => Results.Ok(new { keys = desk.Keys, settings = await desk.ListAsync(cancellationToken) }));
        settings.MapGet("/diff", async (LiveDesk desk, CancellationToken cancellationToken) => Results.Ok(await desk.DiffAsync(cancellationToken)));
        settings.MapGet("/history", async (LiveStore store, string? key, int? limit, CancellationToken cancellationToken) =>
            Results.Ok(await store.ChangesAsync(key, null, Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
        settings.MapPut("/{key}", (string key, JsonElement body, LiveDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var (value, reason) = Read(body);
            return Results.Ok(new { key, version = await desk.SetAsync(key, value, reason, context.Principal().Subject, cancellationToken) });
        }));
        settings.MapDelete("/{key}", (string key, string? reason, LiveDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
            Results.Ok(new { key, version = await desk.UnsetAsync(key, reason, context.Principal().Subject, cancellationToken) })));
        settings.MapPost("/history/{version:long}/revert", (long version, string? reason, LiveDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var (key, now) = await desk.RevertAsync(version, reason, context.Principal().Subject, cancellationToken);
            return Results.Ok(new { key, version = now });
        }));
    }

    /// <summary>The value is JSON, which is YAML too.</summary>
    private static (string Value, string? Reason) Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("value", out var value)) throw new LiveException("invalid", "the body is {\"value\": …, \"reason\": \"…\"}; the value is what would stand in the profile");
        if (!body.TryGetProperty("reason", out var reason) || reason.ValueKind == JsonValueKind.Null) return (value.GetRawText(), null);
        return reason.ValueKind == JsonValueKind.String ? (value.GetRawText(), reason.GetString()) : throw new LiveException("invalid", "reason must be a text");
    }

    private static async Task<IResult> DoAsync(Func<Task<IResult>> change)
    {
        try
        {
            return await change();
        }
        catch (LiveException fault)
        {
            return Problems.Of(fault.Status, fault.Code, fault.Message);
        }
    }
}
