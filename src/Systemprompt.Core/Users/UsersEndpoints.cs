using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Users;

/// <summary><c>/api/v1/users</c>, <c>/teams</c>, <c>/keys</c>, <c>/bans</c> for administrators, and <c>/api/v1/me</c> for whoever asks who he is.</summary>
internal static class UsersEndpoints
{
    private const int MostListed = 10_000;

    public static void Map(RouteMap routes)
    {
        routes.For(Tier.User, Tier.Admin, Tier.Service, Tier.Mcp, Tier.A2A).MapGet("/api/v1/me", MeAsync);
        var admin = routes.For(Tier.Admin).MapGroup("/api/v1");
        MapUsers(admin.MapGroup("/users"));
        MapTeams(admin.MapGroup("/teams"));
        admin.MapGet("/keys", (AccessStore store, string? user, string? prefix, CancellationToken cancellationToken) => DoAsync(async () => Results.Ok(await store.KeysAsync(user, PartOf(prefix), cancellationToken))));
        admin.MapPost("/keys/find", (FindKeyBody body, KeySearch search, CancellationToken cancellationToken) => DoAsync(async () => Results.Ok(await search.FindAsync(body.Key ?? "", cancellationToken))));
        admin.MapPost("/keys", (NewKeyBody body, AccessDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var key = await desk.MakeKeyAsync(body.Login ?? "", body.Name ?? "", body.Project, body.Days is { } days ? TimeSpan.FromDays(Math.Clamp(days, 0, 3650)) : null, By(context), cancellationToken);
            return Results.Created($"/api/v1/keys/{key.Prefix}", new { key = key.Text, key.Prefix, login = body.Login });
        }));
        admin.MapDelete("/keys/{prefix}", (string prefix, AccessDesk desk, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(() => desk.DeleteKeyAsync(prefix, By(context), cancellationToken)));
        admin.MapGet("/bans", async (AccessStore store, CancellationToken cancellationToken) => Results.Ok(await store.BansAsync(cancellationToken)));
        admin.MapPost("/bans", (NewBanBody body, AccessDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var time = body.Hours is { } hours ? TimeSpan.FromHours(Math.Clamp(hours, 0, 87_600)) : (TimeSpan?)null;
            return Results.Ok(new { range = await desk.BanAsync(body.Range ?? "", body.Reason ?? "", time, By(context), cancellationToken) });
        }));
        admin.MapDelete("/bans", (string range, AccessDesk desk, HttpContext context, CancellationToken cancellationToken) => DoAsync(() => desk.LiftAsync(range, By(context), cancellationToken)));
    }

    /// <summary>Addresses are logged on the way: of a key no more than its name may stand in one.</summary>
    private static KeyPart? PartOf(string? prefix) =>
        string.IsNullOrEmpty(prefix) ? null
        : prefix.Length > AccessKey.PrefixLength ? throw UserException.Invalid($"prefix: at most {AccessKey.PrefixLength} characters; POST /api/v1/keys/find takes a whole key, which must not stand in an address")
        : KeyPart.Read(prefix) ?? throw UserException.Invalid("prefix: is no beginning of an access key; one begins with sp_ and ten letters and digits");

    private static void MapUsers(RouteGroupBuilder users)
    {
        users.MapGet("", async (UserStore store, string? status, string? team, int? limit, CancellationToken cancellationToken) =>
            Results.Ok(await store.ListAsync(status, team, Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
        users.MapPost("", (UserEntry body, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            await directory.CreateAsync(body.ToRow(), By(context), cancellationToken);
            return Results.Created($"/api/v1/users/{body.Login}", body);
        }));
        users.MapGet("/{login}", async (string login, UserStore store, CancellationToken cancellationToken) =>
            await store.FindAsync(login, cancellationToken) is { } user ? Results.Ok(user) : Problem(UserException.NoSuchUser(login)));
        users.MapPatch("/{login}", (string login, UserPatch patch, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(async () => Results.Ok(await directory.UpdateAsync(login, patch.Apply, By(context), cancellationToken))));
        users.MapDelete("/{login}", (string login, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(() => directory.DeleteAsync(login, By(context), cancellationToken)));
        users.MapPost("/{login}/invite", (string login, AccessDesk desk, UsersSettings settings, HttpContext context, CancellationToken cancellationToken) => DoAsync(async () =>
        {
            var code = await desk.InviteAsync(login, settings.InviteTtl, By(context), cancellationToken);
            return Results.Ok(new { login, path = $"/login/{code}", expiresInSeconds = (long)settings.InviteTtl.TotalSeconds });
        }));
        users.MapGet("/changes", async (UserStore store, string? of, int? limit, CancellationToken cancellationToken) =>
            Results.Ok(await store.ChangesAsync(of, Math.Clamp(limit ?? 100, 1, MostListed), cancellationToken)));
    }

    private static void MapTeams(RouteGroupBuilder teams)
    {
        teams.MapGet("", async (UserStore store, CancellationToken cancellationToken) => Results.Ok(await store.TeamsAsync(cancellationToken)));
        teams.MapPost("", (NewTeamBody body, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(() => directory.CreateTeamAsync(body.Name ?? "", body.Description, By(context), cancellationToken)));
        teams.MapDelete("/{team}", (string team, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) => DoAsync(() => directory.DeleteTeamAsync(team, By(context), cancellationToken)));
        teams.MapPut("/{team}/members/{login}", (string team, string login, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(() => directory.JoinAsync(team, login, join: true, By(context), cancellationToken)));
        teams.MapDelete("/{team}/members/{login}", (string team, string login, UserDirectory directory, HttpContext context, CancellationToken cancellationToken) =>
            DoAsync(() => directory.JoinAsync(team, login, join: false, By(context), cancellationToken)));
    }

    private static async Task<IResult> MeAsync(HttpContext context, UserStore store, CancellationToken cancellationToken)
    {
        var principal = context.Principal();
        var user = await store.FindAsync(principal.Subject, cancellationToken);
        return Results.Ok(new MeView(principal.Subject, TokenClaims.Name(principal.Tier), [.. principal.Scopes.Order(StringComparer.Ordinal)], user?.DisplayName, user?.Email, user?.Roles ?? [], user?.Teams ?? []));
    }

    private static async Task<IResult> DoAsync(Func<Task<IResult>> change)
    {
        try
        {
            return await change();
        }
        catch (UserException fault)
        {
            return Problem(fault);
        }
    }

    private static Task<IResult> DoAsync(Func<Task> change) => DoAsync(async () =>
    {
        await change();
        return Results.NoContent();
    });

    private static IResult Problem(UserException fault) => Problems.Of(fault.Status, fault.Code, fault.Message);

    private static string By(HttpContext context) => context.Principal().Subject;
}

/// <summary>Who asks, as this installation sees him.</summary>
internal sealed record MeView(string Login, string Tier, IReadOnlyList<string> Scopes, string? DisplayName, string? Email, IReadOnlyList<string> Roles, IReadOnlyList<string> Teams);

/// <summary>What to change of a user; what is left out stays.</summary>
internal sealed record UserPatch(string? Tier, string? Status, string? DisplayName, string? Email, string[]? Roles)
{
    public UserRow Apply(UserRow user) => user with { Tier = Tier ?? user.Tier, Status = Status ?? user.Status, DisplayName = DisplayName ?? user.DisplayName, Email = Email ?? user.Email, Roles = Roles ?? user.Roles };
}

/// <summary>The body of a POST for a team.</summary>
internal sealed record NewTeamBody(string? Name, string? Description);

/// <summary>The body of a POST for a key.</summary>
internal sealed record NewKeyBody(string? Login, string? Name, double? Days, string? Project = null);

/// <summary>The body of a POST that looks for a key: some of it, or all.</summary>
internal sealed record FindKeyBody(string? Key);

/// <summary>The body of a POST for a ban.</summary>
internal sealed record NewBanBody(string? Range, string? Reason, double? Hours);
