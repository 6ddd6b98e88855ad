using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;

namespace Systemprompt.Analytics;

/// <summary>The cookie that a profile may give to anonymous visitors: a random number, set with a page, read by nobody but this room.</summary>
internal sealed class VisitorCookie(AnalyticsSettings settings)
{
    public const string Name = "visitor";
    private const int Bytes = 16;

    /// <summary>Sets it when the answer turns out to be a page, and there is none yet.</summary>
    public void Offer(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Principal().IsAuthenticated || Sent(context) is not null) return;
        context.Response.OnStarting(() =>
        {
            if (!RequestObserver.IsPage(context, context.Response.StatusCode) || context.Response.StatusCode == StatusCodes.Status304NotModified) return Task.CompletedTask;
            var given = new GivenCookie(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes)));
            context.Features.Set(given);
            context.Response.Cookies.Append(Name, given.Value, new CookieOptions
            {
                HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", MaxAge = settings.VisitorCookieFor, IsEssential = false,
            });
            return Task.CompletedTask;
        });
    }

    /// <summary>What the browser sent, or was given just now.</summary>
    public static string? Of(HttpContext context) => Sent(context) ?? context.Features.Get<GivenCookie>()?.Value;

    /// <summary>Only one of the form that is given here.</summary>
    private static string? Sent(HttpContext context) =>
        context.Request.Cookies.TryGetValue(Name, out var value) && Base64Url.IsValid(value, out var length) && length == Bytes ? value : null;

    private sealed record GivenCookie(string Value);
}
