using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Ai;

/// <summary>Writes a fault in the shape that one kind of client reads, as an answer or as a stream's last event.</summary>
internal abstract class GatewayErrors
{
    // Words for a person stay legible: nothing here is ever put into HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The status by which the clients take the fault for what it is: for good, or for a while.</summary>
    public virtual int StatusOf(GatewayFault fault) => fault.Status;

    /// <summary>Answers with the fault. The response must not have started.</summary>
    public async Task WriteAsync(HttpContext context, GatewayFault fault, string requestId)
    {
        var response = context.Response;
        var body = Json(writer => Write(writer, fault, requestId));
        response.StatusCode = StatusOf(fault);
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        if (fault.RetryAfter is { } wait) response.Headers.RetryAfter = RetryAfterSeconds(wait);
        // Anthropic's and OpenAI's libraries are built by one generator and both heed it.
        if (!fault.MayRetry) response.Headers["x-should-retry"] = "false";
        // Not cancellable: to a client that has left, writing does nothing.
        await response.BodyWriter.WriteAsync(body.WrittenMemory, CancellationToken.None);
    }

    /// <summary>The fault as a server-sent event.</summary>
    public ReadOnlyMemory<byte> Event(GatewayFault fault, string requestId)
    {
        var body = Json(writer => WriteEvent(writer, fault, requestId));
        var sse = new ArrayBufferWriter<byte>(body.WrittenCount + 32);
        sse.Write(HeadOf(fault));
        sse.Write(body.WrittenSpan);
        sse.Write("\n\n"u8);
        return sse.WrittenMemory;
    }

    /// <summary>A provider's word for a failure in a word by which the clients decide whether to ask again.</summary>
    public virtual string Known(string type) => type;

    /// <summary>Whole seconds, rounded up: an earlier attempt would be refused again.</summary>
    public static string RetryAfterSeconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString();

    /// <inheritdoc cref="EventHead"/>
    protected virtual ReadOnlySpan<byte> HeadOf(GatewayFault fault) => EventHead;

    /// <summary>What stands in front of an event's JSON.</summary>
    protected abstract ReadOnlySpan<byte> EventHead { get; }

    protected abstract void Write(Utf8JsonWriter json, GatewayFault fault, string requestId);

    protected virtual void WriteEvent(Utf8JsonWriter json, GatewayFault fault, string requestId) => Write(json, fault, requestId);

    private static ArrayBufferWriter<byte> Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options)) write(writer);
        return buffer;
    }
}
