using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http;

/// <summary>The request that the code on this thread of execution works for: what a log line can say it belongs to.</summary>
internal static class CurrentRequest
{
    private static readonly AsyncLocal<HttpContext?> Local = new();

    /// <summary>Null outside a request.</summary>
    public static HttpContext? Context
    {
        get => Local.Value;
        set => Local.Value = value;
    }
}
