using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Hooks;

/// <summary>Reads a hook event's bytes, as far as they are wanted.</summary>
internal static class HookBody
{
    /// <returns>Null when the whole body was read; else why not, for the person at the client. What was read stays in <paramref name="body"/>.</returns>
    public static async ValueTask<string?> ReadAsync(HttpContext context, PooledBody body, long limit)
    {
        // The server's own limit would end the request before anything is known of it; this route has one of its own.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        var length = context.Request.ContentLength;
        try
        {
            while (await context.Request.Body.ReadAsync(body.GetSpace(length + 1), context.RequestAborted) is > 0 and var count)
            {
                body.Advance(count);
                if (body.IsOverLimit) return $"the event is larger than {new Profiles.ByteSize(limit)} (governance.hook_max_body), and what is not read cannot be checked";
            }

            return null;
        }
        catch (BadHttpRequestException)
        {
            return "the event came too slowly or ended before its declared length";
        }
    }
}
