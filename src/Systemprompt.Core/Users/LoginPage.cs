using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Users;

/// <summary>
/// <c>/login/CODE</c>: where an invitation leads. Looking at it uses nothing up, since mail scanners look; the button does, and gives a token. With
/// <c>Accept: application/json</c> the answer to the button is JSON.
/// </summary>
internal static class LoginPage
{
    public static void Map(RouteMap routes)
    {
        var login = routes.Public().MapGroup("/login/{code:length(43)}");
        login.MapGet("", AskAsync);
        login.MapPost("", EnterAsync);
    }

    private static async Task<IResult> AskAsync(string code, AccessDesk desk, HostInfo host, HttpContext context, CancellationToken cancellationToken)
    {
        Harden(context);
        return await desk.IsOpenAsync(code, cancellationToken)
            ? Page(host, 200, "You are invited", "<p>This link lets you in once. Go on when you are ready to keep what it gives you.</p><form method=\"post\"><button>Let me in</button></form>")
            : Gone(host);
    }

    private static async Task<IResult> EnterAsync(string code, AccessDesk desk, HostInfo host, Profile profile, HttpContext context, CancellationToken cancellationToken)
    {
        Harden(context);
        var entered = await desk.RedeemAsync(code, cancellationToken);
        var json = context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase);
        if (entered is not { } user)
            return json ? Problems.Of(410, "link_gone", "this link is unknown, used or over; ask for a new one") : Gone(host);
        if (json) return Results.Ok(new { login = user.Login, token = user.Token });
        var address = WebUtility.HtmlEncode((profile.Section<ServerSettings>().ExternalUrl?.ToString() ?? $"{context.Request.Scheme}://{context.Request.Host}").TrimEnd('/'));
        return Page(host, 200, $"Welcome, {WebUtility.HtmlEncode(user.Login)}",
            $"""
            <p>This is your token. It is shown this once.</p>
            <pre>{user.Token}</pre>
            <p>Claude Code with it:</p>
            <pre>export ANTHROPIC_BASE_URL={address}
            export ANTHROPIC_AUTH_TOKEN={user.Token}
            claude</pre>
            """);
    }

    private static IResult Gone(HostInfo host) => Page(host, 410, "This link is over", "<p>It is unknown, was used, or its time is over. Ask whoever gave it to you for a new one.</p>");

    // A token must stay in no cache, and the code in the address must not travel on.
    private static void Harden(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static IResult Page(HostInfo host, int status, string title, string body) => Results.Content(
        $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · {WebUtility.HtmlEncode(host.Name)}</title></head>
        <body><main><h1>{title}</h1>{body}</main></body>
        </html>
        """, "text/html; charset=utf-8", statusCode: status);
}
