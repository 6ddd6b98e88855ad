using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Providers that do not do what they should: what the client is told, what the row says, and whether it can have cost something.</summary>
public sealed class UpstreamFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_refuses_the_connection_is_502_and_costs_nothing(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync(provider: provider => provider with { Endpoint = Closed() });

        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: stream));

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("api_error", "provider anthropic cannot be reached"));
        AssertEnd(gateway, 502, "provider_unreachable", cost: 0, usageUnknown: false);
    }

    [Theory]
    [InlineData("cut-before", "provider_cut", null, true)]
    [InlineData("cut-before", "provider_cut", null, false)]
    [InlineData("cut-mid", "provider_cut", null, false)]
    [InlineData("garbage", "provider_bad_answer", 200, false)]
    [InlineData("redirect", "provider_bad_answer", 302, true)]
    public async Task An_answer_that_cannot_be_passed_on_is_502_and_may_have_cost_something(string behaviour, string error, int? upstream, bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body($"claude-stub-{behaviour}", stream));

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        response.Headers.Location.ShouldBeNull();
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("api_error");
        // A connection that is cut may take the status that came before along.
        if (upstream is not null) gateway.Audit.Settled.UpstreamStatus.ShouldBe(upstream);
        AssertEnd(gateway, 502, error, cost: null, usageUnknown: true);
    }

    [Theory]
    [InlineData("truncate", 25)]
    [InlineData("garbage", 0)]
    public async Task A_stream_without_its_end_gets_an_error_event_as_its_last(string behaviour, int input)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body($"claude-stub-{behaviour}", stream: true));
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        events[^1].ShouldStartWith("event: error\ndata: {\"type\":\"error\"");
        events[^1].ShouldContain(gateway.Audit.Opened.Id.ToString());
        events.ShouldNotContain(text => text.Contains("message_stop", StringComparison.Ordinal));
        gateway.Audit.Settled.Usage.Input.ShouldBe(input);
        AssertEnd(gateway, 200, "truncated", cost: input == 0 ? null : gateway.Audit.Settled.Cost, usageUnknown: input == 0);
    }

    [Fact]
    public async Task A_stream_that_is_cut_ends_in_an_error_event_and_half_an_event_never_reaches_the_client()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\nevent: content_block_de");
            await context.Response.Body.FlushAsync();
            await arrived.Task;
            context.Abort();
        });
        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: true));
        using var answer = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await answer.ReadLineAsync()).ShouldBe("event: message_start");

        arrived.SetResult();

        var rest = await answer.ReadToEndAsync();
        rest.ShouldNotContain("content_block_de");
        rest.Split("\n\n")[1].ShouldStartWith("event: error\ndata: ");
        AssertEnd(gateway, 200, "truncated", cost: (25 * 3) + 15, usageUnknown: false);
    }

    [Fact]
    public async Task An_error_event_that_comes_first_is_a_failed_call_that_was_answered_200()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n");
        });

        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: true));

        (await response.Content.ReadAsStringAsync()).ShouldContain("overloaded_error");
        AssertEnd(gateway, 200, "overloaded_error", cost: null, usageUnknown: true);
    }

    [Fact]
    public async Task A_message_over_the_limit_is_502_and_the_provider_is_cut_off()
    {
        // The provider is still writing, so it must see that nobody reads on.
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { MaxResponseBody = ByteSize.Megabytes(1) }, answer: async context =>
        {
            context.RequestAborted.Register(() => cut.TrySetResult());
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 1 << 30;
            await context.Response.Body.WriteAsync(new byte[2 << 20]);
            await cut.Task;
        });

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("ai.max_response_body");
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(10));
        AssertEnd(gateway, 502, "provider_bad_answer", cost: null, usageUnknown: true);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip", false)]
    [InlineData("br", true)]
    [InlineData("br", false)]
    [InlineData("zstd", true)]
    [InlineData("zstd", false)]
    public async Task An_answer_that_is_not_compressed_as_it_says_fails_in_words(string encoding, bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("event: this is not compressed at all\n\n"));
        });

        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: stream));
        var answer = await response.Content.ReadAsStringAsync();

        answer.ShouldContain("\"type\":\"api_error\"");
        answer.ShouldContain("provider anthropic");
        gateway.Audit.Settled.Error.ShouldBeOneOf("provider_bad_answer", "truncated");
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.UsageUnknown, gateway.Audit.Settled.Cost).ShouldBe((CallStatus.Failed, true, null));
    }

    [Fact]
    public async Task A_providers_page_that_is_no_error_of_its_protocol_passes_with_its_status()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.StatusCode = 503;
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<h1>back soon</h1>");
        });

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        (await response.Content.ReadAsStringAsync()).ShouldBe("<h1>back soon</h1>");
        AssertEnd(gateway, 503, "http_503", cost: 0, usageUnknown: false);
    }

    private static void AssertEnd(GatewayFixture gateway, int status, string error, long? cost, bool usageUnknown)
    {
        gateway.Audit.Opened.Provider.ShouldBe("anthropic");
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.Error, row.Cost, row.UsageUnknown).ShouldBe((CallStatus.Failed, (int?)status, error, cost, usageUnknown));
        gateway.Budget.Used.ShouldBe(0);
    }

    private static string Closed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"http://{socket.LocalEndPoint}";
    }
}
