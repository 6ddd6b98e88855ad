using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.AnthropicStub;

/// <summary>Answers one request after another.</summary>
internal sealed class StubAnswers(StubOptions options, Action<StubRequest> arrived)
{
    private int _count;

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = $"req_{Interlocked.Increment(ref _count):D8}";
        context.Response.Headers["request-id"] = requestId;
        context.Response.Headers["anthropic-organization-id"] = "11111111-2222-3333-4444-555555555555";
        context.Response.Headers["anthropic-ratelimit-requests-remaining"] = "999";
        context.Response.Headers["x-stub-unknown-header"] = "kept as it is";
        var body = await ReadAsync(context.Request);
        var request = Note(context, body);
        await using var registration = context.RequestAborted.Register(request.MarkGone);
        try
        {
            await HandleAsync(context, request, body, requestId);
        }
        finally
        {
            // What the abort woke may be here before the registration's turn.
            if (context.RequestAborted.IsCancellationRequested) request.MarkGone();
        }
    }

    private async Task HandleAsync(HttpContext context, StubRequest request, byte[] body, string requestId)
    {
        if (options.Answer is { } scripted)
        {
            context.Request.Body = new MemoryStream(body, writable: false);
            await scripted(context);
        }
        else if (context.Request.Path != "/v1/messages" || context.Request.Method != "POST")
        {
            await SendAsync(context, request, 404, StubMessages.Error("not_found_error", "Not found", requestId));
        }
        else if (StubRules.Check(context.Request, options.Key, body) is { } fault)
        {
            await SendAsync(context, request, fault.Status, StubMessages.Error(fault.Type, fault.Message, requestId));
        }
        else
        {
            var (model, stream) = Head(body);
            var (behaviour, status) = StubBehaviours.Of(model, context.Request.Headers["anthropic-stub"]);
            await AnswerAsync(new StubCall(context, request, model, stream, behaviour), status, requestId);
        }
    }

    private static async Task AnswerAsync(StubCall call, int status, string requestId)
    {
        var (context, request) = (call.Context, call.Request);
        switch (call.Behaviour)
        {
            case StubBehaviour.Status:
                if (status == 429) context.Response.Headers.RetryAfter = "7";
                var (type, message) = StubMessages.OfStatus(status);
                await SendAsync(context, request, status, StubMessages.Error(type, message, requestId));
                break;
            case StubBehaviour.EchoKey:
                context.Response.Headers["x-stub-key"] = context.Request.Headers["x-api-key"];
                await SendAsync(context, request, 401, StubMessages.Error("authentication_error", $"key {context.Request.Headers["x-api-key"]} is not valid", requestId));
                break;
            case StubBehaviour.Redirect:
                context.Response.Headers.Location = "http://127.0.0.1:1/elsewhere";
                await SendAsync(context, request, 302, []);
                break;
            case StubBehaviour.CutBefore:
                context.Abort();
                break;
            case StubBehaviour.Hang:
                await request.Gone;
                break;
            case StubBehaviour.Garbage:
                context.Response.ContentType = call.Stream ? "text/event-stream" : "text/html";
                await WriteAsync(context, request, "<html>\r\rnot what you think\n\n\0\u00ff</html>"u8.ToArray());
                break;
            default:
                await (call.Stream ? StreamAsync(call) : MessageAsync(call));
                break;
        }
    }

    private static async Task MessageAsync(StubCall call)
    {
        var message = StubMessages.Message(call.Model, call.Behaviour);
        var (context, request) = (call.Context, call.Request);
        if (call.Behaviour == StubBehaviour.Slow) await Task.Delay(Delay(context), context.RequestAborted);
        if (call.Behaviour is not (StubBehaviour.CutMid or StubBehaviour.HangMid))
        {
            if (call.Behaviour == StubBehaviour.Gzip) message = Compress(context, message);
            await SendAsync(context, request, 200, message);
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = message.Length;
        await WriteAsync(context, request, message[..(message.Length / 2)]);
        if (call.Behaviour == StubBehaviour.CutMid) context.Abort();
        else await request.Gone;
    }

    private static async Task StreamAsync(StubCall call)
    {
        var (context, request) = (call.Context, call.Request);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        if (call.Behaviour == StubBehaviour.Gzip)
        {
            await WriteAsync(context, request, Compress(context, [.. StubMessages.Events(call.Model, call.Behaviour).SelectMany(bytes => bytes)]));
            return;
        }

        var count = 0;
        foreach (var bytes in StubMessages.Events(call.Model, call.Behaviour))
        {
            var cut = call.Behaviour is StubBehaviour.CutMid or StubBehaviour.HangMid && ++count == 6;
            if (call.Behaviour == StubBehaviour.Bytewise) foreach (var single in bytes) await WriteAsync(context, request, [single]);
            else await WriteAsync(context, request, cut ? bytes[..(bytes.Length / 2)] : bytes);
            if (call.Behaviour == StubBehaviour.Slow) await Task.Delay(Delay(context), context.RequestAborted);
            if (!cut) continue;
            if (call.Behaviour == StubBehaviour.CutMid) context.Abort();
            else await request.Gone;
            return;
        }
    }

    private StubRequest Note(HttpContext context, byte[] body)
    {
        var request = new StubRequest(options.Record)
        {
            Path = context.Request.Path,
            Query = context.Request.QueryString.Value ?? "",
            Headers = options.Record ? context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()) : new Dictionary<string, string>(),
            Body = body,
        };
        if (options.Record) arrived(request);
        return request;
    }

    private static async Task SendAsync(HttpContext context, StubRequest request, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await WriteAsync(context, request, body);
    }

    private static async Task WriteAsync(HttpContext context, StubRequest request, byte[] bytes)
    {
        var written = await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
        // Nobody reads any more; that can show here before the request is called aborted.
        if (written.IsCompleted) request.MarkGone();
        request.Note(bytes);
    }

    private static byte[] Compress(HttpContext context, byte[] bytes)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static TimeSpan Delay(HttpContext context) =>
        TimeSpan.FromMilliseconds(int.TryParse(context.Request.Headers["anthropic-stub-delay"], CultureInfo.InvariantCulture, out var delay) ? delay : 50);

    private static (string Model, bool Stream) Head(byte[] body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 512 });
        return (document.RootElement.GetProperty("model").GetString()!,
            document.RootElement.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }
}

/// <summary>One accepted call.</summary>
internal sealed record StubCall(HttpContext Context, StubRequest Request, string Model, bool Stream, StubBehaviour Behaviour);
