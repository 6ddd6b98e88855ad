using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Converted;

/// <summary>What a stream of Anthropic's comes to in the row, whichever protocol the client speaks.</summary>
public sealed class AnthropicUsageTests
{
    private const string Start = """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":25,"output_tokens":1}}}""";
    private const string Block = """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""";
    private static readonly string Delta = $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{new string('x', 400)}}}"}}""";
    private static readonly string[] Cut = [Start, Block, .. Enumerable.Repeat(Delta, 30)];

    // 400 bytes a delta, 4 bytes a token.
    private const int Estimate = 30 * 400 / 4;

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    public async Task A_stream_that_is_cut_is_estimated_in_every_protocol(string door)
    {
        await using var gateway = await StartAsync(Cut);

        using var response = await SendAsync(gateway, door);
        await response.Content.ReadAsByteArrayAsync();

        var row = gateway.Audit.Settled;
        (row.Status, row.UsageUnknown, row.UsageEstimated, row.Usage.Input).ShouldBe((CallStatus.Failed, false, true, 25));
        row.Usage.Output.ShouldBeInRange(Estimate, Estimate + 50);
        row.Cost.ShouldBe((25 * 3) + (row.Usage.Output * 15));
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    public async Task A_client_that_leaves_is_charged_for_what_had_come_in_every_protocol(string door)
    {
        await using var gateway = await StartAsync(Cut, hang: true);
        var response = await SendAsync(gateway, door);
        var stream = await response.Content.ReadAsStreamAsync();
        // All thirty deltas have passed the gateway once this many of their letters are here.
        var buffer = new byte[4096];
        for (var letters = 0; letters < 30 * 400;)
        {
            var count = await stream.ReadAsync(buffer);
            count.ShouldBeGreaterThan(0);
            letters += buffer.AsSpan(0, count).Count((byte)'x');
        }

        response.Dispose();

        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.UsageUnknown, row.UsageEstimated, row.Usage.Input).ShouldBe((CallStatus.Aborted, false, true, 25));
        row.Usage.Output.ShouldBeInRange(Estimate, Estimate + 50);
    }

    [Theory]
    [InlineData("/v1/messages", """{"output_tokens":9}""", 9, false)]
    [InlineData("/v1/chat/completions", """{"output_tokens":9}""", 9, false)]
    [InlineData("/v1/messages", "null", Estimate, true)]
    [InlineData("/v1/chat/completions", "null", Estimate, true)]
    public async Task What_the_provider_says_at_the_end_counts_and_without_it_the_estimate(string door, string usage, int output, bool estimated)
    {
        await using var gateway = await StartAsync(
        [
            .. Cut,
            """{"type":"content_block_stop","index":0}""",
            $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{{{usage}}}}""",
            """{"type":"message_stop"}""",
        ]);

        using var response = await SendAsync(gateway, door);
        await response.Content.ReadAsByteArrayAsync();

        var row = gateway.Audit.Settled;
        (row.Status, row.UsageUnknown, row.UsageEstimated).ShouldBe((CallStatus.Completed, false, estimated));
        row.Usage.Output.ShouldBeInRange(output, estimated ? output + 50 : output);
    }

    [Theory]
    [InlineData("""{"input_tokens":25}""")]
    [InlineData("""{"output_tokens":1}""")]
    public async Task Half_of_the_usage_is_not_known_usage(string usage)
    {
        await using var gateway = await StartAsync([Start.Replace("""{"input_tokens":25,"output_tokens":1}""", usage, StringComparison.Ordinal), Block]);

        using var response = await SendAsync(gateway, "/v1/chat/completions");
        await response.Content.ReadAsByteArrayAsync();

        (gateway.Audit.Settled.UsageUnknown, gateway.Audit.Settled.Cost).ShouldBe((true, null));
    }

    private static Task<GatewayFixture> StartAsync(IReadOnlyList<string> events, bool hang = false) => GatewayFixture.StartAsync(answer: async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var data in events) await context.Response.WriteAsync($"event: {data.Split('"')[3]}\ndata: {data}\n\n");
        if (!hang) return;
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
    });

    private static Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string door)
    {
        var said = door == "/v1/responses" ? "\"input\":\"hi\"" : "\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        var request = new HttpRequestMessage(HttpMethod.Post, door) { Content = new StringContent($$"""{"model":"claude-sonnet-4-5","stream":true,{{said}}}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("anthropic-version", "2023-06-01");
        return gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
