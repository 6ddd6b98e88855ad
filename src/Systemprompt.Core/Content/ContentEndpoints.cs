using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Content;

/// <summary><c>/api/v1/content</c>: what is published, for everybody; with <c>drafts=true</c> for administrators also what is not.</summary>
internal static class ContentEndpoints
{
    private const int MostListed = 100;

    public static void Map(RouteMap routes)
    {
        var content = routes.Public().MapGroup("/api/v1/content");
        content.MapGet("/items", async ([AsParameters] ItemQuery query, IContent library, HttpContext context, CancellationToken cancellationToken) =>
            Refusal(query, context) ?? Results.Ok(await library.ListAsync(query.Filter(), cancellationToken)));
        content.MapGet("/items/{source}/{**path}", async (string source, string path, bool? drafts, IContent library, HttpContext context, CancellationToken cancellationToken) =>
            Refusal(drafts, context) ?? (await library.FindAsync(source, path, drafts is true, cancellationToken) is { } item
                ? Results.Ok(item)
                : Problems.Of(404, "not_found", "there is no such item")));
        content.MapGet("/search", async (string? q, [AsParameters] ItemQuery query, IContent library, HttpContext context, CancellationToken cancellationToken) =>
        {
            if (Refusal(query, context) is { } refusal) return refusal;
            if (string.IsNullOrWhiteSpace(q)) return Problems.Of(400, "invalid", "say what to look for: ?q=words");
            try
            {
                return Results.Ok(await library.SearchAsync(q, query.Filter(), cancellationToken));
            }
            catch (ContentException fault)
            {
                return Problems.Of(400, "invalid", fault.Message);
            }
        });
    }

    private static IResult? Refusal(ItemQuery query, HttpContext context) =>
        Refusal(query.Drafts, context)
        ?? (query.Limit is < 1 or > MostListed ? Problems.Of(400, "invalid", $"limit is from 1 to {MostListed}") : null)
        ?? (query.Offset is < 0 or > 1_000_000 ? Problems.Of(400, "invalid", "offset is from 0 to 1000000") : null);

    private static IResult? Refusal(bool? drafts, HttpContext context) =>
        drafts is true && context.Principal().Tier != Tier.Admin ? Problems.Of(403, "wrong_tier", "drafts are for administrators") : null;
}

/// <summary>Which items are asked for.</summary>
internal sealed record ItemQuery
{
    public string? Kind { get; init; }

    public string? Category { get; init; }

    public string? Tag { get; init; }

    public string? Source { get; init; }

    public string? Language { get; init; }

    public int? Limit { get; init; }

    public int? Offset { get; init; }

    public bool? Drafts { get; init; }

    public ContentFilter Filter() => new()
    {
        Kind = Kind, Category = Category, Tag = Tag, Sources = Source is null ? null : [Source], Language = Language, Limit = Limit ?? 20, Offset = Offset ?? 0, IncludeHidden = Drafts is true,
    };
}
