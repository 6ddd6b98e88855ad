using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Security;

namespace Systemprompt.Http.Pipeline;

/// <summary>The span of a request, and what is counted of refusals. Durations by route are the framework's (<c>http.server.request.duration</c>).</summary>
internal static class HttpInstruments
{
    private static readonly ActivitySource Source = new("Systemprompt.Http");
    private static readonly Meter Meter = new("Systemprompt.Http");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("systemprompt.http.refusals", "{request}", "Requests refused before their route: limits, tokens, access, not ready; by code and tier.");

    public static void Refused(PendingRefusal refusal, Principal principal)
    {
        if (Refusals.Enabled) Refusals.Add(1, new("code", refusal.Code), new("tier", TokenClaims.Name(principal.Tier)));
    }

    /// <summary>Gives the request its trace id and, when its trace is taken, its span.</summary>
    public static Activity? Begin(HttpContext context)
    {
        if (!Source.HasListeners())
        {
            context.TraceIdentifier = TraceId.Of(context.Request);
            return null;
        }

        // The framework's own activity is nobody's span: the parent is who called, or nobody.
        var outer = Activity.Current;
        Activity.Current = null;
        // Its tracestate stays out: anybody can write anything into it, and nothing here reads it.
        ActivityContext.TryParse(context.Request.Headers.TraceParent.ToString(), null, isRemote: true, out var caller);
        var span = Source.StartActivity(Method(context.Request.Method), ActivityKind.Server, caller);
        if (span is null) Activity.Current = outer;
        context.TraceIdentifier = span?.TraceId.ToHexString() ?? TraceId.Of(context.Request);
        return span;
    }

    /// <summary>Ends the span. The path is not in it, since people put credentials into addresses.</summary>
    public static void End(Activity? span, HttpContext context)
    {
        if (span is null) return;
        var (method, status) = (Method(context.Request.Method), context.Response.StatusCode);
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            route = $"/{route.Trim('/')}";
            span.DisplayName = $"{method} {route}";
            span.SetTag("http.route", route);
        }

        span.SetTag("http.request.method", method);
        span.SetTag("url.scheme", context.Request.Scheme);
        span.SetTag("http.response.status_code", status);
        span.SetTag("systemprompt.tier", TokenClaims.Name(context.Principal().Tier));
        if (context.RequestAborted.IsCancellationRequested) span.SetTag("error.type", "client_closed");
        else if (status >= 500)
        {
            span.SetTag("error.type", status.ToString());
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.Stop();
    }

    private static string Method(string method) =>
        HttpMethods.IsGet(method) ? "GET" : HttpMethods.IsPost(method) ? "POST" : HttpMethods.IsPut(method) ? "PUT" : HttpMethods.IsDelete(method) ? "DELETE"
        : HttpMethods.IsPatch(method) ? "PATCH" : HttpMethods.IsHead(method) ? "HEAD" : HttpMethods.IsOptions(method) ? "OPTIONS" : "HTTP";
}
