using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace ExtensionName1;

/// <summary>The routes. Each group says who may call it; a route without that does not compile.</summary>
internal static class ExtensionClass1Endpoints
{
    public static void Map(RouteMap routes)
    {
        var entries = routes.For(Tier.User, Tier.Admin).MapGroup("/api/v1/extension-path1/entries");
        entries.MapGet("", async (ExtensionClass1Store store, int? limit) => Results.Ok(await store.ListAsync(Math.Clamp(limit ?? 50, 1, 500))));
        entries.MapPost("", AddAsync);
        routes.Scope("extension-path1:write").MapDelete("/api/v1/extension-path1/entries/{id:long}", async (ExtensionClass1Store store, long id) =>
            await store.RemoveAsync(id) ? Results.NoContent() : Results.NotFound());
    }

    private static async Task<IResult> AddAsync(NewEntry entry, ExtensionClass1Store store, Profile profile, HttpContext context)
    {
        var longest = profile.Section<ExtensionClass1Settings>().LongestText;
        if (string.IsNullOrWhiteSpace(entry.Text) || entry.Text.Length > longest)
            return Results.ValidationProblem(new Dictionary<string, string[]> { ["text"] = [$"must have 1 to {longest} characters"] });
        var added = await store.AddAsync(context.Principal().Subject, entry.Text);
        return Results.Created($"/api/v1/extension-path1/entries/{added.Id}", added);
    }
}

/// <summary>The body of a POST.</summary>
public sealed record NewEntry(string? Text);
