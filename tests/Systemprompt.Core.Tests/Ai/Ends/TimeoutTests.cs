using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Providers that take too long.</summary>
public sealed class TimeoutTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_does_not_begin_is_504(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync(clock: _clock);
        var answer = gateway.SendAsync(GatewayFixture.Body("claude-stub-hang", stream));
        var seen = await gateway.Stub.NextAsync();

        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        answer.IsCompleted.ShouldBeFalse();
        seen.Gone.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("timeout_error", "provider anthropic did not begin its answer in time"));
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        AssertEnd(gateway, 504, usageUnknown: true);
    }

    [Fact]
    public async Task A_message_that_does_not_go_on_is_504()
    {
        await using var gateway = await GatewayFixture.StartAsync(clock: _clock);
        var answer = gateway.SendAsync(GatewayFixture.Body("claude-stub-hang-mid"));
        var seen = await gateway.Stub.NextAsync();
        await seen.Started.WaitAsync(TimeSpan.FromSeconds(10));

        await _clock.AdvanceUntilAsync(answer, TimeSpan.FromMinutes(1));

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldBe("provider anthropic did not go on with its answer in time");
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        AssertEnd(gateway, 504, usageUnknown: true);
    }

    [Fact]
    public async Task A_stream_that_does_not_go_on_ends_in_an_error_event()
    {
        await using var gateway = await GatewayFixture.StartAsync(clock: _clock);
        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-hang-mid", stream: true));
        var answer = response.Content.ReadAsStringAsync();
        var seen = await gateway.Stub.NextAsync();

        await _clock.AdvanceUntilAsync(answer, TimeSpan.FromMinutes(1));

        (await answer).Split("\n\n")[^2].ShouldStartWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\"");
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        AssertEnd(gateway, 200, usageUnknown: false);
        gateway.Audit.Settled.CompletedAt.ShouldBeGreaterThanOrEqualTo(gateway.Audit.Opened.OpenedAt + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_provider_that_takes_no_connection_is_504_and_costs_nothing()
    {
        // A listener whose queue is full answers nobody.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.LocalEndPoint!);
        await using var gateway = await GatewayFixture.StartAsync(
            provider: provider => provider with { Endpoint = $"http://{listener.LocalEndPoint}", ConnectTimeout = TimeSpan.FromMilliseconds(100) });

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldBe("provider anthropic did not accept a connection in time");
        AssertEnd(gateway, 504, usageUnknown: false);
        gateway.Audit.Settled.Cost.ShouldBe(0);
    }

    [Fact]
    public async Task A_provider_that_lingers_after_its_last_event_does_not_hold_the_client()
    {
        await using var gateway = await GatewayFixture.StartAsync(clock: _clock, answer: async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.WriteAsync("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: true));
        var answer = response.Content.ReadAsStringAsync();

        await gateway.Audit.SettledAsync();
        await _clock.AdvanceUntilAsync(answer, TimeSpan.FromSeconds(1));

        (await answer).ShouldEndWith("data: {\"type\":\"message_stop\"}\n\n");
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.HttpStatus).ShouldBe((CallStatus.Completed, 200));
    }

    private static void AssertEnd(GatewayFixture gateway, int status, bool usageUnknown)
    {
        gateway.Audit.Opened.Provider.ShouldBe("anthropic");
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.Error, row.UsageUnknown).ShouldBe((CallStatus.Failed, status, "provider_timeout", usageUnknown));
        gateway.Budget.Used.ShouldBe(0);
    }
}
