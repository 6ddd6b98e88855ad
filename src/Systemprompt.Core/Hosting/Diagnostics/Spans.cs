using System.Diagnostics;

namespace Systemprompt.Hosting;

/// <summary>Spans inside a trace that is taken. Where none is, this costs a look at a flag.</summary>
internal static class Spans
{
    /// <summary>A span below the current one; null when nobody listens or the trace is not taken. Names and tags hold no content and no secrets.</summary>
    public static Activity? Child(this ActivitySource source, string name, ActivityKind kind = ActivityKind.Internal) =>
        source.HasListeners() && Activity.Current is { Recorded: true } ? source.StartActivity(name, kind) : null;

    /// <summary>Notes that what the span stands for did not succeed.</summary>
    /// <param name="span">The span, if there is one.</param>
    /// <param name="type">Stable short code, never a message.</param>
    public static void Failed(this Activity? span, string type)
    {
        span?.SetTag("error.type", type);
        span?.SetStatus(ActivityStatusCode.Error);
    }
}
