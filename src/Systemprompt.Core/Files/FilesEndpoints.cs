using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Files;

/// <summary><c>/api/v1/files</c>: everybody's own files, and those shared with him; <c>/files/CODE</c> for whoever has a link. Administrators see no more here; the command line does.</summary>
internal static class FilesEndpoints
{
    private const int MostListed = 1000;

    public static void Map(RouteMap routes)
    {
        var files = routes.For(Tier.User, Tier.Admin, Tier.Service, Tier.Mcp, Tier.A2A).MapGroup("/api/v1/files");
        files.MapPost("", (string? name, UploadEndpoint upload, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, () => upload.HandleAsync(context, name, cancellationToken)));
        files.MapGet("", (string? which, Guid? before, int? limit, FileDesk desk, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(context, () => ListAsync(which, before, limit, desk, context, cancellationToken)));
        files.MapGet("/{id}", (string id, FileDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            Results.Ok(await desk.FindAsync(Id(id), By(context), cancellationToken) ?? throw FileException.NoSuchFile())));
        files.MapDelete("/{id}", (string id, FileDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            await desk.DeleteAsync(Id(id), By(context), cancellationToken) ? Results.NoContent() : throw FileException.NoSuchFile()));
        files.MapMethods("/{id}/content", ["GET", "HEAD"], (string id, FileDesk desk, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(context, async () => await ContentAsync(await desk.SeeAsync(Id(id), By(context), cancellationToken) ?? throw FileException.NoSuchFile(), desk, context, cancellationToken)));
        files.MapGet("/{id}/shares", (string id, FileDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            Results.Ok(await desk.SharesAsync(Id(id), By(context), cancellationToken))));
        files.MapPost("/{id}/shares", (string id, ShareBody body, FileDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
        {
            var lifetime = body.Hours is { } hours ? TimeSpan.FromHours(Math.Clamp(hours, 0, 1_000_000)) : (TimeSpan?)null;
            await desk.ShareAsync(Id(id), Target(body.User, body.Team, body.Everyone), lifetime, By(context), cancellationToken);
            return Results.NoContent();
        }));
        files.MapDelete("/{id}/shares", (string id, string? user, string? team, bool? everyone, FileDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            await desk.UnshareAsync(Id(id), Target(user, team, everyone), By(context), cancellationToken)
                ? Results.NoContent()
                : throw new FileException("not_found", "the file is not shared so")));
        files.MapPost("/{id}/links", (string id, LinkBody body, LinkDesk links, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            Results.Ok(new { path = await links.MakeAsync(Id(id), TimeSpan.FromHours(Math.Clamp(body.Hours ?? 24, 0, 1_000_000)), By(context), cancellationToken) })));
        files.MapDelete("/{id}/links", (string id, LinkDesk links, HttpContext context, CancellationToken cancellationToken) => DoAsync(context, async () =>
            Results.Ok(new { ended = await links.EndAsync(Id(id), By(context), cancellationToken) })));
        routes.Public().MapMethods("/files/{code}", ["GET", "HEAD"], (string code, LinkDesk links, FileDesk desk, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(context, async () =>
        {
            var answer = await ContentAsync(await links.OpenAsync(code, cancellationToken), desk, context, cancellationToken);
            // The address is a secret: who keeps it, here or in a cache, keeps the file open.
            context.Response.Headers.CacheControl = "private, no-store";
            return answer;
        }));
    }

    /// <summary>The one that is meant, of the three ways to say it.</summary>
    internal static ShareTarget Target(string? user, string? team, bool? everyone) => (user, team, everyone ?? false) switch
    {
        ({ Length: > 0 }, null, false) => ShareTarget.User(user),
        (null, { Length: > 0 }, false) => ShareTarget.Team(team),
        (null, null, true) => ShareTarget.Everyone,
        _ => throw FileException.Invalid("say with whom, in one way: user, team or everyone"),
    };

    private static async Task<IResult> ListAsync(string? which, Guid? before, int? limit, FileDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        if (which is not (null or "all" or "own" or "shared")) throw FileException.Invalid("'which' is all, own or shared");
        var most = Math.Clamp(limit ?? 50, 1, MostListed);
        var page = await desk.ListAsync(new FilesVisible(By(context)) { Before = before ?? Guid.AllBitsSet, Own = which != "shared", Shared = which != "own", Most = most + 1 }, cancellationToken);
        return Results.Ok(new FilePage([.. page.Take(most).Select(file => file.ToEntry())], page.Count > most ? page[most - 1].Id : null));
    }

    private static async Task<IResult> ContentAsync(FileRow file, FileDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        var content = await desk.OpenAsync(file, cancellationToken);
        var entry = file.ToEntry();
        // Others may see it no more tomorrow: a cache asks each time, which the hash makes cheap.
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers["Repr-Digest"] = ContentDigest.Show(file.Sha256);
        return Results.Stream(content, file.MediaType, file.Name, entry.CreatedAt, new EntityTagHeaderValue($"\"{entry.Sha256}\""), enableRangeProcessing: true);
    }

    private static async Task<IResult> DoAsync(HttpContext context, Func<Task<IResult>> work)
    {
        try
        {
            return await work();
        }
        catch (FileException fault)
        {
            if (fault.Code == "busy") context.Response.Headers.RetryAfter = "5";
            return Problems.Of(fault.Status, fault.Code, fault.Message);
        }
    }

    private static Guid Id(string text) => Guid.TryParseExact(text, "D", out var id) ? id : throw FileException.NoSuchFile();

    private static string By(HttpContext context) => context.Principal().Subject;
}

/// <summary>Files, newest first.</summary>
/// <param name="Files">The files.</param>
/// <param name="Next">What to say as <c>before</c> for the next page; null on the last.</param>
internal sealed record FilePage(IReadOnlyList<FileEntry> Files, Guid? Next);

/// <summary>The body of a POST for a link.</summary>
internal sealed record LinkBody(double? Hours);

/// <summary>The body of a POST for a share: one of the first three.</summary>
internal sealed record ShareBody(string? User, string? Team, bool? Everyone, double? Hours);
