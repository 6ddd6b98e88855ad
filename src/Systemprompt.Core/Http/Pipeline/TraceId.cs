using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http.Pipeline;

/// <summary>A request's trace id: the caller's, from a valid traceparent (W3C Trace Context §3.2), or a fresh one.</summary>
internal static class TraceId
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static string Of(HttpRequest request)
    {
        var parent = request.Headers.TraceParent.ToString();
        return parent.Length >= 55 && parent[2] == '-' && parent[35] == '-' && IsLowerHex(parent.AsSpan(3, 32)) && parent.AsSpan(3, 32).ContainsAnyExcept('0')
            ? parent.Substring(3, 32)
            : ActivityTraceId.CreateRandom().ToHexString();
    }

    private static bool IsLowerHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(LowerHex);
}
