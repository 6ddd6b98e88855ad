using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Converted;

/// <summary>
/// A strict stand-in for the vendors that do not speak Anthropic's protocol, on loopback: it refuses what they refuse, and answers in their
/// shapes. What it shall do stands in the model's name.
/// </summary>
internal static class OtherVendor
{
    private const string ChatUsage = """{"prompt_tokens":120,"completion_tokens":9,"total_tokens":129,"prompt_tokens_details":{"cached_tokens":100},"completion_tokens_details":{"reasoning_tokens":2}}""";

    private static readonly string[] ChatStream =
    [
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry","choices":[{"index":0,"delta":{"content":"The ferry "},"finish_reason":null}]}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry","choices":[{"index":0,"delta":{"content":"leaves at six ⛴"},"finish_reason":null}]}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry","choices":[],"usage":{{ChatUsage}}}""",
    ];

    public static ProviderSettings Chat(string address) => new() { Wire = Wire.OpenaiChat, Endpoint = address + "/v1", ApiKey = GatewayFixture.Key, Models = ["gpt-*"], Prices = Price };

    public static ProviderSettings Responses(string address) => new() { Wire = Wire.OpenaiResponses, Endpoint = address + "/v1", ApiKey = GatewayFixture.Key, Models = ["o-*"], Prices = Price };

    public static ProviderSettings Gemini(string address) => new() { Wire = Wire.Gemini, Endpoint = address + "/v1beta", ApiKey = GatewayFixture.Key, Models = ["gemini-*"], Prices = Price };

    private static Dictionary<string, PriceSettings> Price => new() { ["*"] = new PriceSettings { Input = 1_000_000, Output = 10_000_000, CacheRead = 100_000 } };

    public static Task<GatewayFixture> StartAsync(Func<ProviderSettings, ProviderSettings>? change = null) => GatewayFixture.StartAsync(
        settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["chat"] = (change ?? (same => same))(Chat(settings.Providers["anthropic"].Endpoint!)),
                ["responses"] = Responses(settings.Providers["anthropic"].Endpoint!),
                ["google"] = Gemini(settings.Providers["anthropic"].Endpoint!),
            },
        },
        answer: AnswerAsync);

    private static Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/v1/chat/completions" => ChatAsync(context),
        "/v1/responses" => ResponsesAsync(context),
        { } path when path.StartsWith("/v1beta/models/gemini-", StringComparison.Ordinal) => GeminiAsync(context),
        _ => SendAsync(context, 404, """{"error":{"message":"no such path","type":"invalid_request_error","code":null}}"""),
    };

    private static async Task ChatAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var model = body.GetProperty("model").GetString()!;
        var stream = body.TryGetProperty("stream", out var asked) && asked.GetBoolean();
        if (Fault(context, model == "gpt-open" ? null : "Bearer " + GatewayFixture.Key, "authorization") is { } fault) await SendAsync(context, 401, Error(fault));
        else if (body.GetProperty("messages").EnumerateArray().Any(message => message.GetProperty("role").GetString() is not ("system" or "developer" or "user" or "assistant" or "tool"))) await SendAsync(context, 400, Error("role"));
        else if (stream && !(body.TryGetProperty("stream_options", out var options) && options.GetProperty("include_usage").GetBoolean())) await SendAsync(context, 400, Error("stream_options"));
        else await ChatAsync(context, model, stream);
    }

    private static async Task ChatAsync(HttpContext context, string model, bool stream)
    {
        context.Response.Headers["x-request-id"] = "req_other_1";
        switch (model)
        {
            case "gpt-429":
                context.Response.Headers.RetryAfter = "7";
                await SendAsync(context, 429, Error("slow down"));
                break;
            case "gpt-401":
                await SendAsync(context, 401, Error($"Incorrect API key provided: {GatewayFixture.Key}"));
                break;
            case "gpt-500":
                await SendAsync(context, 500, $"<html>{GatewayFixture.Key}</html>");
                break;
            case "gpt-400":
                await SendAsync(context, 400, Error($"temperature is wrong for {GatewayFixture.Key}"));
                break;
            case "gpt-garbage":
                await StreamAsync(context, [ChatStream[1], "{not json"], done: false);
                break;
            case "gpt-cut":
                await StreamAsync(context, ChatStream[..2], done: false);
                break;
            case "gpt-hang":
                await StreamAsync(context, ChatStream[..2], done: false);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                break;
            case "gpt-error":
                await StreamAsync(context, [ChatStream[1], """{"error":{"message":"The server is overloaded","type":"server_overloaded"}}"""], done: false);
                break;
            case "gpt-whole" when stream:
            case var _ when !stream:
                await SendAsync(context, 200, $$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"{{model}}","choices":[{"index":0,"message":{"role":"assistant","content":"The ferry leaves at six ⛴","refusal":null},"finish_reason":"stop","logprobs":null}],"usage":{{ChatUsage}}}""");
                break;
            default:
                await StreamAsync(context, ChatStream, done: true);
                break;
        }
    }

    private static async Task ResponsesAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        if (Fault(context, "Bearer " + GatewayFixture.Key, "authorization") is { } fault)
        {
            await SendAsync(context, 401, Error(fault));
            return;
        }

        const string answer = """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"o-ferry","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"At six.","annotations":[]}]}],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":24}}""";
        if (!(body.TryGetProperty("stream", out var stream) && stream.GetBoolean()))
        {
            await SendAsync(context, 200, answer);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        foreach (var (name, data) in new[]
        {
            ("response.created", """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"o-ferry","output":[]}}"""),
            ("response.output_item.added", """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"msg_1","status":"in_progress","role":"assistant","content":[]}}"""),
            ("response.content_part.added", """{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"""),
            ("response.output_text.delta", """{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"At six."}"""),
            ("response.output_text.done", """{"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"text":"At six."}"""),
            ("response.output_item.done", """{"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"At six.","annotations":[]}]}}"""),
            ("response.completed", $$$"""{"type":"response.completed","sequence_number":6,"response":{{{answer}}}}"""),
        })
            await context.Response.WriteAsync($"event: {name}\ndata: {data}\n\n");
    }

    private static async Task GeminiAsync(HttpContext context)
    {
        await BodyAsync(context);
        if (Fault(context, GatewayFixture.Key, "x-goog-api-key") is { } fault)
        {
            await SendAsync(context, 403, $$$"""{"error":{"code":403,"message":"{{{fault}}}","status":"PERMISSION_DENIED"}}""");
            return;
        }

        const string last = """{"candidates":[{"content":{"role":"model","parts":[{"text":"at six."}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":4,"totalTokenCount":24},"modelVersion":"gemini-ferry","responseId":"g1"}""";
        switch (context.Request.Path.Value!.Split(':')[^1], context.Request.Query["alt"].ToString())
        {
            case ("generateContent", ""):
                await SendAsync(context, 200, last);
                break;
            case ("streamGenerateContent", "sse"):
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: " + """{"candidates":[{"content":{"role":"model","parts":[{"text":"It leaves "}]},"index":0}],"modelVersion":"gemini-ferry","responseId":"g1"}""" + "\r\n\r\n");
                await context.Response.WriteAsync($"data: {last}\r\n\r\n");
                break;
            default:
                await SendAsync(context, 404, """{"error":{"code":404,"message":"no such method","status":"NOT_FOUND"}}""");
                break;
        }
    }

    /// <summary>What a vendor of another protocol must never be sent, and the key in its place.</summary>
    private static string? Fault(HttpContext context, string? key, string header)
    {
        foreach (var name in context.Request.Headers.Keys)
            if (name.StartsWith("anthropic-", StringComparison.OrdinalIgnoreCase) || name.Equals("x-api-key", StringComparison.OrdinalIgnoreCase) || name.Equals("cookie", StringComparison.OrdinalIgnoreCase)) return $"{name} is not ours";
        return context.Request.Headers[header] == key ? null : $"wrong {header}";
    }

    private static async Task<JsonElement> BodyAsync(HttpContext context)
    {
        // The stub has read the body to note it, and put it back.
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        return document.RootElement.Clone();
    }

    private static string Error(string message) => $$$"""{"error":{"message":{{{JsonSerializer.Serialize(message)}}},"type":"invalid_request_error","param":null,"code":null}}""";

    private static async Task StreamAsync(HttpContext context, IReadOnlyList<string> events, bool done)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var data in events)
        {
            await context.Response.WriteAsync($"data: {data}\n\n");
            await context.Response.Body.FlushAsync();
        }

        if (done) await context.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static async Task SendAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    }
}
