using Microsoft.AspNetCore.Http;
using Systemprompt.Http;

namespace Systemprompt.Analytics;

/// <summary>Takes from a finished request what is recorded, and leaves. On the request's thread: it only reads, counts and puts into the queue.</summary>
internal sealed class RequestObserver(RequestQueue queue, SessionTally tally, VisitorCookie cookie, AnalyticsSettings settings, TimeProvider clock) : IRequestObserver
{
    private const int LongestPath = 512;
    private const int LongestAgent = 512;
    private const int LongestSession = 128;

    public void OnAdmitted(HttpContext context)
    {
        if (settings is { Enabled: true, VisitorCookie: true } && !IsUntracked(context.Request)) cookie.Offer(context);
    }

    public void OnFinished(in FinishedRequest request)
    {
        if (!settings.Enabled) return;
        if (request.Refusal is { Code: "not_ready" or "jobs_only" or "address_rate_limited" or "address_banned" })
        {
            queue.TurnAway();
            return;
        }

        if (request.RecordedElsewhere is { } elsewhere) Count(request, elsewhere);
        else queue.Add(Fact(request));
    }

    /// <summary>A call that has its row: only its session learns of it. One without a token has none.</summary>
    private void Count(in FinishedRequest request, RecordedElsewhere elsewhere)
    {
        var principal = request.Principal;
        if (!principal.IsAuthenticated) return;
        var activity = request.Context.Features.Get<ClientActivity>();
        var conversation = activity?.Session is { Length: > LongestSession } longer ? longer[..LongestSession] : activity?.Session;
        var agent = Agent(request.Context.Request);
        var key = conversation is not null
            ? new SessionKey(SessionKind.Client, principal.Subject, conversation, null, default)
            : new SessionKey(SessionKind.Client, principal.Subject, TokenSession(principal), agent, default);
        tally.Add(key, clock.GetUtcNow(), new SessionPart
        {
            UserAgent = agent,
            Conversation = conversation,
            IsError = request.Status >= StatusCodes.Status500InternalServerError,
            IsModelCall = elsewhere == RecordedElsewhere.ModelCall,
            IsToolCall = activity is { IsToolCall: true },
        });
    }

    private RequestFact Fact(in FinishedRequest request)
    {
        var (context, status, principal) = (request.Context, request.Status, request.Principal);
        var page = IsPage(context, status) ? PageOf(context, request.Pattern) : null;
        var untracked = IsUntracked(context.Request);
        return new RequestFact
        {
            At = clock.GetUtcNow(),
            Method = KnownMethod(context.Request.Method),
            Route = request.Pattern,
            Page = page,
            Referrer = page is null || untracked ? null : ReferrerOf(context.Request),
            Status = status,
            Refusal = request.Refusal?.Code,
            Duration = request.Duration,
            Bytes = context.Response.ContentLength,
            Principal = principal,
            UserAgent = Agent(context.Request),
            Address = principal.IsAuthenticated || page is null ? null : context.Connection.RemoteIpAddress,
            Cookie = settings.VisitorCookie && page is not null && !untracked ? VisitorCookie.Of(context) : null,
            Untracked = untracked,
            Trace = context.TraceIdentifier,
        };
    }

    /// <summary>What a token says of a session: the one it was issued in, else the token itself.</summary>
    internal static string TokenSession(Security.Principal principal) => principal.SessionId ?? principal.TokenId;

    internal static bool IsPage(HttpContext context, int status)
    {
        // What is saved to a disk is no page, though it may be HTML.
        if (!HttpMethods.IsGet(context.Request.Method) || context.Response.Headers.ContentDisposition.ToString().StartsWith("attachment", StringComparison.OrdinalIgnoreCase)) return false;
        if (status == StatusCodes.Status304NotModified) return context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        return status is >= 200 and < 300 && context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>The path, unless the page is kept by no cache: then its address may be a secret too, such as that of an invitation.</summary>
    private static string PageOf(HttpContext context, string? pattern)
    {
        var path = context.Request.Path.Value ?? "/";
        if (context.Response.Headers.CacheControl.ToString().Contains("no-store", StringComparison.OrdinalIgnoreCase)) path = pattern ?? "/";
        return path.Length <= LongestPath ? path : path[..LongestPath];
    }

    private static string? ReferrerOf(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out var from) && from.Scheme is "http" or "https" && !string.Equals(from.Host, request.Host.Host, StringComparison.OrdinalIgnoreCase) ? from.Host : null;

    private bool IsUntracked(HttpRequest request) => settings.RespectDoNotTrack && (request.Headers["DNT"] == "1" || request.Headers["Sec-GPC"] == "1");

    private static string Agent(HttpRequest request) => request.Headers.UserAgent.ToString() is var agent && agent.Length <= LongestAgent ? agent : agent[..LongestAgent];

    /// <summary>A method is a client's word; a made-up one would make rows of its own.</summary>
    private static string KnownMethod(string method) => HttpMethods.GetCanonicalizedValue(method) is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? HttpMethods.GetCanonicalizedValue(method) : "other";
}
