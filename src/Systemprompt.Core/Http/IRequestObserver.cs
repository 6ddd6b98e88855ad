using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Security;

namespace Systemprompt.Http;

/// <summary>
/// A room's seam to learn of requests, from the container. On every request's own thread: no I/O, no waiting; an exception is logged and changes
/// nothing. Health is not told of.
/// </summary>
internal interface IRequestObserver
{
    /// <summary>A request was let in and is about to be handled.</summary>
    void OnAdmitted(HttpContext context)
    {
    }

    /// <summary>A request is over: answered, refused or left by its client.</summary>
    void OnFinished(in FinishedRequest request);
}

/// <summary>A request that is over. What it can tell is read when it is asked for, so that nobody pays for what nobody wants; keep none of it but values.</summary>
internal readonly struct FinishedRequest(HttpContext context, Endpoint? endpoint, PendingRefusal? refusal, TimeSpan duration)
{
    /// <summary>nginx's word for a client that left before it was answered.</summary>
    public const int ClientLeft = 499;

    /// <summary>Not to be kept: the server uses it again for the next request.</summary>
    public HttpContext Context => context;

    public Principal Principal => context.Principal();

    /// <summary>Why the pipeline refused it; null when it was let in.</summary>
    public PendingRefusal? Refusal => refusal;

    public TimeSpan Duration => duration;

    /// <summary>The route as mapped, such as <c>/api/v1/users/{login}</c>; null when there is none.</summary>
    public string? Pattern => (endpoint as RouteEndpoint)?.RoutePattern.RawText;

    public int Status => !context.Response.HasStarted && context.RequestAborted.IsCancellationRequested ? ClientLeft : context.Response.StatusCode;

    /// <summary>Set when a room keeps a row of its own for each request here.</summary>
    public RecordedElsewhere? RecordedElsewhere => endpoint?.Metadata.GetMetadata<RecordedElsewhere>();
}
