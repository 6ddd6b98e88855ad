using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http;

/// <summary>Writes refusals and faults in the shape that the route's clients read.</summary>
internal static class ErrorWriter
{
    /// <summary>The shape of a route; of an unmatched path by its prefix.</summary>
    public static ErrorShape Shape(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is { } metadata)
            for (var index = metadata.Count - 1; index >= 0; index--)
                if (metadata[index] is ErrorShape shape) return shape;
        return context.Request.Path.StartsWithSegments("/v1") ? ErrorShape.Anthropic : ErrorShape.Problem;
    }

    /// <summary>Writes an error as the whole answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="code">Stable short code.</param>
    /// <param name="message">One sentence for the person at the client.</param>
    /// <param name="retryAfter">Becomes Retry-After, in whole seconds, rounded up.</param>
    public static async Task WriteAsync(HttpContext context, int status, string code, string message, TimeSpan? retryAfter = null)
    {
        var response = context.Response;
        if (response.HasStarted) return;
        response.StatusCode = status;
        if (retryAfter is { } wait) response.Headers.RetryAfter = Seconds(wait).ToString(CultureInfo.InvariantCulture);
        var shape = Shape(context);
        // No second try brings a better token, and Claude Code would go on trying for minutes.
        if ((shape is ErrorShape.Anthropic or ErrorShape.OpenAi) && status is (401 or 403)) response.Headers["x-should-retry"] = "false";
        response.ContentType = shape is ErrorShape.Anthropic or ErrorShape.OpenAi ? "application/json" : "application/problem+json";
        var body = shape switch
        {
            ErrorShape.Anthropic => AnthropicError(status, message, context.TraceId()),
            ErrorShape.OpenAi => OpenAiError(status, code, message, context.TraceId()),
            _ => Problem(status, code, message, context),
        };
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, CancellationToken.None);
    }

    /// <summary>Anthropic's error object (its API reference, "Errors").</summary>
    public static ReadOnlyMemory<byte> AnthropicError(int status, string message, string requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteStartObject("error");
            json.WriteString("type", AnthropicType(status));
            json.WriteString("message", message);
            json.WriteEndObject();
            json.WriteString("request_id", requestId);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Anthropic's error type for a status.</summary>
    public static string AnthropicType(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 or 451 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    /// <summary>OpenAI's error object (its API reference, "Error codes").</summary>
    private static ReadOnlyMemory<byte> OpenAiError(int status, string code, string message, string requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", message);
            json.WriteString("type", status switch { 401 => "authentication_error", 403 or 451 => "permission_error", 429 => "rate_limit_error", >= 500 => "server_error", _ => "invalid_request_error" });
            json.WriteNull("param");
            json.WriteString("code", status == 401 ? "invalid_api_key" : code);
            json.WriteEndObject();
            json.WriteString("request_id", requestId);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    internal static long Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));

    private static ReadOnlyMemory<byte> Problem(int status, string code, string message, HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", message);
            json.WriteString("code", code);
            json.WriteString("trace_id", context.TraceId());
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
