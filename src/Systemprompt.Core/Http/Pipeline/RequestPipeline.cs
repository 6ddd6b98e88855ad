using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Systemprompt.Hosting;
using Systemprompt.Http.Limits;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Http.Pipeline;

/// <summary>
/// What every request passes, in this order: client address → headers and trace id → ready gate → address limit for callers without a good
/// token → authentication → tier limit → access rule → handler. Health stands outside.
/// </summary>
internal sealed partial class RequestPipeline
{
    private static readonly PendingRefusal NotReady = new(503, "not_ready", "the server is starting or stopping; try again in a moment", TimeSpan.FromSeconds(1));
    private static readonly PendingRefusal JobsOnly = new(503, "jobs_only", "this process runs jobs only (--only jobs); ask another replica");
    private readonly RequestLimits _limits;
    private readonly TokenVerifier _tokens;
    private readonly Readiness _readiness;
    private readonly ForwardedClient _forwarded;
    private readonly ILogger _logger;
    private readonly StringValues _contentSecurityPolicy;
    private readonly bool _https, _servesHttp;
    private readonly IAddressGate[] _gates;
    private readonly IRequestObserver[] _observers;
    private readonly TimeProvider _clock;

    public RequestPipeline(
        Profile profile, RequestLimits limits, TokenVerifier tokens, Readiness readiness, ProcessRole role, IEnumerable<IAddressGate> gates, IEnumerable<IRequestObserver> observers, TimeProvider clock,
        ILogger<RequestPipeline> logger)
    {
        var server = profile.Section<ServerSettings>();
        _limits = limits;
        _tokens = tokens;
        _readiness = readiness;
        _servesHttp = role.ServesHttp;
        _gates = [.. gates];
        _observers = [.. observers];
        _clock = clock;
        _logger = logger;
        _forwarded = new ForwardedClient(server.TrustedProxies);
        _contentSecurityPolicy = server.ContentSecurityPolicy;
        _https = server.ExternalUrl?.Scheme == "https";
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint();
        var exempt = endpoint?.Metadata.GetMetadata<PipelineExempt>() is not null;
        var from = _clock.GetTimestamp();
        PendingRefusal? refusal = null;
        CurrentRequest.Context = context;
        var span = HttpInstruments.Begin(context);
        try
        {
            _forwarded.Apply(context);
            WriteHeaders(context);
            if (!exempt)
            {
                refusal = await JudgeAsync(context, endpoint);
                if (refusal is not null && await RefuseAsync(context, endpoint, refusal)) return;
                TellAdmitted(context);
            }

            await next(context);
            if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
                await ErrorWriter.WriteAsync(context, 405, "method_not_allowed", $"{context.Request.Method} is not possible here; allowed: {context.Response.Headers.Allow}");
            // Compiled route handlers answer a value that does not parse with a bare status.
            else if (context.Response is { StatusCode: StatusCodes.Status400BadRequest, HasStarted: false, ContentLength: null or 0 })
                await ErrorWriter.WriteAsync(context, 400, "bad_request", UnreadableValue.Describe(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to tell.
        }
        catch (BadHttpRequestException exception)
        {
            await ErrorWriter.WriteAsync(context, exception.StatusCode, exception.StatusCode == 413 ? "body_too_large" : "bad_request", BadRequest(exception));
        }
        catch (Exception exception)
        {
            RequestFailed(_logger, context.Request.Method, endpoint?.DisplayName ?? "no route", context.TraceId(), exception);
            if (context.Response.HasStarted) context.Abort();
            else await ErrorWriter.WriteAsync(context, 500, "internal_error", $"the server failed; the operator finds why under trace id {context.TraceId()}");
        }
        finally
        {
            HttpInstruments.End(span, context);
            if (!exempt && _observers.Length > 0) TellFinished(new FinishedRequest(context, endpoint, refusal, _clock.GetElapsedTime(from)));
        }
    }

    private void TellAdmitted(HttpContext context)
    {
        foreach (var observer in _observers)
        {
            try
            {
                observer.OnAdmitted(context);
            }
            catch (Exception exception)
            {
                TellingFailed(_logger, context.TraceId(), exception);
            }
        }
    }

    private void TellFinished(in FinishedRequest request)
    {
        foreach (var observer in _observers)
        {
            try
            {
                observer.OnFinished(request);
            }
            catch (Exception exception)
            {
                TellingFailed(_logger, request.Context.TraceId(), exception);
            }
        }
    }

    private async ValueTask<PendingRefusal?> JudgeAsync(HttpContext context, Endpoint? endpoint)
    {
        if (endpoint?.Metadata.GetMetadata<OutsideServing>() is null)
        {
            if (!_readiness.IsReady) return NotReady;
            if (!_servesHttp) return JobsOnly;
        }
        else if (_readiness.State == ReadyState.Starting)
        {
            return NotReady;
        }

        if (_gates.Length > 0 && context.Connection.RemoteIpAddress is { } address)
            foreach (var gate in _gates)
                if (gate.Judge(address) is { } turnedAway) return turnedAway;
        var rule = endpoint?.Metadata.GetMetadata<AccessRule>();
        var (principal, fault) = await AuthenticateAsync(context);
        // A stale token must not lock anybody out of what is open to all.
        if (fault is not null && rule is { AdmitsAnonymous: true, Scope: null }) (principal, fault) = (Principal.Anonymous, null);
        if (!principal.IsAuthenticated && _limits.CheckAddress(context) is { } flood) return flood;
        if (fault is not null) return fault;
        context.Features.Set(principal);
        if (_limits.CheckTier(context, principal) is { } limit) return limit;
        if (rule is not null) return rule.Admits(principal) ? null : NotAdmitted(rule, principal);
        // Routing answers a known path with the wrong method by an endpoint of its own, which only sets status and Allow.
        return endpoint is { DisplayName: "405 HTTP Method Not Supported" }
            ? null
            // The path is not repeated: people paste credentials into addresses.
            : new PendingRefusal(404, "not_found", $"there is nothing at this path for {context.Request.Method}");
    }

    private async ValueTask<(Principal Principal, PendingRefusal? Fault)> AuthenticateAsync(HttpContext context)
    {
        var token = BearerToken.Of(context.Request, out var ambiguous);
        if (ambiguous) return (Principal.Anonymous, new PendingRefusal(401, "token_ambiguous", "Authorization and x-api-key carry different tokens; send one"));
        if (string.IsNullOrEmpty(token)) return (Principal.Anonymous, null);
        var verdict = await _tokens.VerifyAsync(token);
        return verdict.Principal is { } principal ? (principal, null) : (Principal.Anonymous, new PendingRefusal(401, verdict.Code!, verdict.Reason!));
    }

    private static PendingRefusal NotAdmitted(AccessRule rule, Principal principal) =>
        !principal.IsAuthenticated ? new PendingRefusal(401, "token_missing", "this needs a token: Authorization: Bearer …")
        : !rule.Tiers.Contains(principal.Tier) ? new PendingRefusal(403, "wrong_tier", $"this is not for tier {TokenClaims.Name(principal.Tier)}")
        : new PendingRefusal(403, "missing_scope", $"this needs a token with scope '{rule.Scope}'");

    /// <summary>Writes the refusal, unless the route answers in its own words. True when the request is over.</summary>
    private async ValueTask<bool> RefuseAsync(HttpContext context, Endpoint? endpoint, PendingRefusal refusal)
    {
        HttpInstruments.Refused(refusal, context.Principal());
        if (endpoint is not null && ErrorWriter.Shape(context) == ErrorShape.Own)
        {
            context.Features.Set(refusal);
            return false;
        }

        if (refusal.Status == 401) context.Response.Headers.WWWAuthenticate = refusal.Code == "token_missing" ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{refusal.Code}\"";
        if (refusal.Code == "rate_limited") context.Response.Headers["x-ratelimit-tier"] = TokenClaims.Name(context.Principal().Tier);
        if (refusal == NotReady && _readiness.State == ReadyState.Stopping) context.Response.Headers.Connection = "close";
        if (endpoint?.Metadata.GetMetadata<IRefusalObserver>() is { } observer && refusal.Code is not ("address_rate_limited" or "address_banned")) await ObserveAsync(observer, context, refusal);
        await ErrorWriter.WriteAsync(context, refusal.Status, refusal.Code, refusal.Reason, refusal.RetryAfter);
        return true;
    }

    private async ValueTask ObserveAsync(IRefusalObserver observer, HttpContext context, PendingRefusal refusal)
    {
        try
        {
            await observer.OnRefusedAsync(context, refusal);
        }
        catch (Exception exception)
        {
            ObserverFailed(_logger, refusal.Code, context.TraceId(), exception);
        }
    }

    private void WriteHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers["x-trace-id"] = context.TraceIdentifier;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin";
        headers.ContentSecurityPolicy = _contentSecurityPolicy;
        if (_https) headers.StrictTransportSecurity = "max-age=63072000; includeSubDomains";
    }

    private static string BadRequest(BadHttpRequestException exception) =>
        exception.StatusCode == 413 ? "the request body is larger than server.max_body allows" : exception.Message;

    [LoggerMessage(1401, LogLevel.Error, "{Method} {Route} failed, trace {TraceId}")]
    private static partial void RequestFailed(ILogger logger, string method, string route, string traceId, Exception exception);

    [LoggerMessage(1402, LogLevel.Error, "Recording refusal {Code} failed, trace {TraceId}")]
    private static partial void ObserverFailed(ILogger logger, string code, string traceId, Exception exception);

    [LoggerMessage(1403, LogLevel.Error, "Observing a request failed, trace {TraceId}")]
    private static partial void TellingFailed(ILogger logger, string traceId, Exception exception);
}
