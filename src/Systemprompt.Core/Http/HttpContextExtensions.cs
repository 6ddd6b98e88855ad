using Microsoft.AspNetCore.Http;
using Systemprompt.Security;

namespace Systemprompt.Http;

/// <summary>What the pipeline knows of a request.</summary>
public static class HttpContextExtensions
{
    /// <summary>Who calls: never null; <see cref="Security.Principal.Anonymous"/> without a token.</summary>
    public static Principal Principal(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<Principal>() ?? Security.Principal.Anonymous;
    }

    /// <summary>The request's trace id: 32 hex digits, also sent as <c>x-trace-id</c> and found on log lines and audit rows.</summary>
    public static string TraceId(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.TraceIdentifier;
    }
}
