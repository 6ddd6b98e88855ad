using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Converted;

/// <summary>What was charged by another list than the usual one has no known cost, whether the answer passes as it came or is put into other words.</summary>
public sealed class ServiceTierTests
{
    private const string Messages = "/v1/messages";
    private const string Chat = "/v1/chat/completions";
    private const string Responses = "/v1/responses";
    private const string ChatUsage = """{"prompt_tokens":20,"completion_tokens":4,"total_tokens":24}""";
    private const string Fast = """{"input_tokens":25,"output_tokens":4,"speed":"fast"}""";

    private static readonly string[] Doors = [Messages, Chat, Responses];

    [Theory]
    [InlineData("\"priority\"", null)]
    [InlineData("\"flex\"", null)]
    [InlineData("\"default\"", 60L)]
    [InlineData("\"on_demand\"", 60L)]
    [InlineData("\"\"", 60L)]
    [InlineData("null", 60L)]
    public async Task A_tier_with_another_price_list_leaves_the_cost_unknown_in_every_protocol(string tier, long? cost)
    {
        foreach (var model in (string[])["gpt-ferry", "o-ferry"])
            foreach (var door in Doors)
                foreach (var stream in (bool[])[false, true])
                {
                    await using var gateway = await StartAsync(tier);

                    (await RowAsync(gateway, door, model, stream)).ShouldBe((CallStatus.Completed, false, cost), $"{model} {door} {stream}");
                }
    }

    [Theory]
    [InlineData(Messages)]
    [InlineData(Chat)]
    [InlineData(Responses)]
    public async Task What_Anthropic_answered_fast_has_unknown_cost_in_every_protocol(string door)
    {
        foreach (var stream in (bool[])[false, true])
        {
            await using var gateway = await GatewayFixture.StartAsync(answer: AnthropicAsync);

            (await RowAsync(gateway, door, "claude-sonnet-4-5", stream)).ShouldBe((CallStatus.Completed, false, null), $"{door} {stream}");
        }
    }

    private static Task<GatewayFixture> StartAsync(string tier) => GatewayFixture.StartAsync(
        settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["chat"] = OtherVendor.Chat(settings.Providers["anthropic"].Endpoint!),
                ["responses"] = OtherVendor.Responses(settings.Providers["anthropic"].Endpoint!),
            },
        },
        answer: context => context.Request.Path.Value == Chat ? ChatAsync(context, tier) : ResponsesAsync(context, tier));

    private static async Task<(CallStatus Status, bool UsageUnknown, long? Cost)> RowAsync(GatewayFixture gateway, string door, string model, bool stream)
    {
        var said = door == Responses ? "\"input\":\"hi\"" : "\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        var body = $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},{{said}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, door) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await gateway.Client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldContain("At six.");
        var row = gateway.Audit.Settled;
        return (row.Status, row.UsageUnknown, row.Cost);
    }

    private static Task ChatAsync(HttpContext context, string tier)
    {
        const string chunk = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-ferry",""";
        return SendAsync(
            context,
            $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-ferry","choices":[{"index":0,"message":{"role":"assistant","content":"At six."},"finish_reason":"stop"}],"usage":{{{ChatUsage}}},"service_tier":{{{tier}}}}""",
            [
                chunk + """ "choices":[{"index":0,"delta":{"role":"assistant","content":"At six."},"finish_reason":null}]}""",
                chunk + """ "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
                // Groq says it in the last chunk alone.
                chunk + $$$""" "choices":[],"usage":{{{ChatUsage}}},"service_tier":{{{tier}}}}""",
                "[DONE]",
            ],
            named: false);
    }

    private static Task ResponsesAsync(HttpContext context, string tier)
    {
        var answer = $$$"""{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"o-ferry","service_tier":{{{tier}}},"output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"At six.","annotations":[]}]}],"usage":{"input_tokens":20,"output_tokens":4,"total_tokens":24}}""";
        return SendAsync(
            context,
            answer,
            [
                // What was asked for, not yet what it became.
                """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"o-ferry","service_tier":"auto","output":[]}}""",
                """{"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"At six."}""",
                $$$"""{"type":"response.completed","sequence_number":2,"response":{{{answer}}}}""",
            ],
            named: true);
    }

    private static Task AnthropicAsync(HttpContext context) => SendAsync(
        context,
        $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"At six."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{{Fast}}}}""",
        [
            $$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"usage":{{{Fast}}}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"At six."}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}""",
            """{"type":"message_stop"}""",
        ],
        named: true);

    /// <summary>Answers whole or in events, as it was asked.</summary>
    private static async Task SendAsync(HttpContext context, string whole, IReadOnlyList<string> events, bool named)
    {
        using var reader = new StreamReader(context.Request.Body);
        if (!(await reader.ReadToEndAsync()).Contains("\"stream\":true", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(whole);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        foreach (var data in events) await context.Response.WriteAsync(named ? $"event: {data.Split('"')[3]}\ndata: {data}\n\n" : $"data: {data}\n\n");
    }
}
