using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Logging;

/// <summary><c>/api/v1/logs</c>: log lines for administrators.</summary>
internal static class LoggingEndpoints
{
    private const int MostListed = 1000;

    public static void Map(RouteMap routes) => routes.For(Tier.Admin).MapGet("/api/v1/logs", ListAsync);

    private static async Task<IResult> ListAsync(
        LogStore store, string? level, DateTimeOffset? since, DateTimeOffset? until, string? user, string? session, string? trace, string? room, string? text, int? limit, CancellationToken cancellationToken)
    {
        if (LogView.LevelOf(level ?? "trace") is not { } least) return Results.ValidationProblem(new Dictionary<string, string[]> { ["level"] = [$"must be one of {string.Join(", ", LogView.Levels)}"] });
        var filter = new LogFilter { Level = least, Since = since, Until = until, Login = user, Session = session, Trace = trace, Room = room, Text = text };
        return Results.Ok((await store.ListAsync(filter, Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)).Select(LogView.Of));
    }
}
