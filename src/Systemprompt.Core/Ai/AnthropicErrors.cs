using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Ai;

/// <summary>Writes a fault in Anthropic's error shape, as an answer or as a stream's last event.</summary>
internal static class AnthropicErrors
{
    // Words for a person stay legible: nothing here is ever put into HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers with the fault. The response must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, GatewayFault fault, string requestId)
    {
        var response = context.Response;
        var body = Json(fault, requestId);
        response.StatusCode = fault.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        if (fault.RetryAfter is { } wait) response.Headers.RetryAfter = RetryAfterSeconds(wait);
        if (!fault.MayRetry) response.Headers["x-should-retry"] = "false";
        // Not cancellable: to a client that has left, writing does nothing.
        await response.BodyWriter.WriteAsync(body.WrittenMemory, CancellationToken.None);
    }

    /// <summary>The fault as a server-sent event.</summary>
    public static ReadOnlyMemory<byte> Event(GatewayFault fault, string requestId)
    {
        var body = Json(fault, requestId);
        var sse = new ArrayBufferWriter<byte>(body.WrittenCount + 32);
        sse.Write("event: error\ndata: "u8);
        sse.Write(body.WrittenSpan);
        sse.Write("\n\n"u8);
        return sse.WrittenMemory;
    }

    /// <summary>Whole seconds, rounded up: an earlier attempt would be refused again.</summary>
    public static string RetryAfterSeconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString();

    private static ArrayBufferWriter<byte> Json(GatewayFault fault, string requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options)) WriteFault(writer, fault, requestId);
        return buffer;
    }

    private static void WriteFault(Utf8JsonWriter writer, GatewayFault fault, string requestId)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "error"u8);
        writer.WriteStartObject("error"u8);
        writer.WriteString("type"u8, fault.Type);
        writer.WriteString("message"u8, fault.Message);
        writer.WriteEndObject();
        writer.WriteString("request_id"u8, requestId);
        writer.WriteEndObject();
    }
}
