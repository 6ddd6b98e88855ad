using System.Net;
using System.Net.Sockets;
using System.Text;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>The host's time for open calls is over.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_call_without_an_answer_is_503_and_interrupted()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var answer = gateway.SendAsync(GatewayFixture.Body("claude-stub-hang"));
        var seen = await gateway.Stub.NextAsync();

        Stop(gateway);

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("shutting down");
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        AssertInterrupted(gateway, 503);
    }

    [Fact]
    public async Task A_stream_ends_in_an_error_event_and_is_interrupted()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-hang-mid", stream: true));
        var seen = await gateway.Stub.NextAsync();
        await seen.Started.WaitAsync(TimeSpan.FromSeconds(10));

        Stop(gateway);

        (await response.Content.ReadAsStringAsync()).Split("\n\n")[^2].ShouldStartWith("event: error\n");
        AssertInterrupted(gateway, 200);
    }

    [Fact]
    public async Task A_message_that_has_begun_to_arrive_is_503_and_interrupted()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var answer = gateway.SendAsync(GatewayFixture.Body("claude-stub-hang-mid"));
        var seen = await gateway.Stub.NextAsync();
        await seen.Started.WaitAsync(TimeSpan.FromSeconds(10));

        Stop(gateway);

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        AssertInterrupted(gateway, 503);
    }

    [Fact]
    public async Task A_request_that_is_still_arriving_is_503()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.Client.BaseAddress!.Host, gateway.Client.BaseAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{\"model\":"));
        await Poll.UntilAsync(() => gateway.Budget.Used > 0);

        Stop(gateway);

        var answer = new byte[64];
        await socket.ReceiveAsync(answer).WaitAsync(TimeSpan.FromSeconds(10));
        Encoding.ASCII.GetString(answer).ShouldStartWith("HTTP/1.1 503 ");
        AssertInterrupted(gateway, 503);
        gateway.Stub.HasMore.ShouldBeFalse();
    }

    private static void Stop(GatewayFixture gateway) => gateway.Readiness.BeginStopping(TimeSpan.Zero, TimeProvider.System);

    private static void AssertInterrupted(GatewayFixture gateway, int status)
    {
        var row = gateway.Audit.Settled;
        (row.Id, row.Status, row.Error, row.HttpStatus).ShouldBe((gateway.Audit.Opened.Id, CallStatus.Interrupted, "interrupted", status));
        gateway.Budget.Used.ShouldBe(0);
    }
}
