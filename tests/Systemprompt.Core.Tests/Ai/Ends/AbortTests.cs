using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Clients that go away.</summary>
public sealed class AbortTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_before_the_answer_stops_the_provider_and_is_an_aborted_call(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var leave = new CancellationTokenSource();
        var answer = gateway.Client.SendAsync(GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body("claude-stub-hang", stream))), leave.Token);
        var seen = await gateway.Stub.NextAsync();

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(answer);
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.HttpStatus, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Aborted, "client_closed", null, true, null));
        await AssertOneEndAsync(gateway);
    }

    [Fact]
    public async Task Leaving_in_a_stream_stops_the_provider_and_is_charged_for_what_had_been_written()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var response = await gateway.SendAsync(GatewayFixture.Body(stream: true), ("anthropic-stub", "stub-hang-mid"));
        var seen = await gateway.Stub.NextAsync();
        await ReadUntilAsync(response, "content_block_delta");

        response.Dispose();

        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.HttpStatus, row.UsageUnknown, row.Usage.Input).ShouldBe((CallStatus.Aborted, "client_closed", 200, false, 25));
        row.Cost.ShouldNotBeNull().ShouldBeGreaterThan(0);
        await AssertOneEndAsync(gateway);
    }

    [Fact]
    public async Task Leaving_in_the_middle_of_a_message_stops_the_provider()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var leave = new CancellationTokenSource();
        var answer = gateway.Client.SendAsync(GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body("claude-stub-hang-mid"))), leave.Token);
        var seen = await gateway.Stub.NextAsync();
        await seen.Started.WaitAsync(TimeSpan.FromSeconds(10));

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(answer);
        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        (await gateway.Audit.SettledAsync()).Status.ShouldBe(CallStatus.Aborted);
        await AssertOneEndAsync(gateway);
    }

    [Fact]
    public async Task Leaving_while_the_call_is_being_opened_calls_nobody()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var leave = new CancellationTokenSource();
        var opening = new TaskCompletionSource();
        gateway.Audit.Before = row =>
        {
            if (row is not OpenedRow) return Task.CompletedTask;
            opening.SetResult();
            return gateway.ClientLeft.Task.WaitAsync(TimeSpan.FromSeconds(10));
        };
        var answer = gateway.Client.SendAsync(GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body())), leave.Token);
        await opening.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(answer);
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Aborted, "client_closed", false, 0L));
        gateway.Stub.HasMore.ShouldBeFalse();
        await AssertOneEndAsync(gateway);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_in_the_middle_of_the_request_is_no_fault_of_the_gateway(bool reset)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(gateway.Client.BaseAddress!.Host, gateway.Client.BaseAddress.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{\"model\":"));
            await Poll.UntilAsync(() => gateway.Budget.Used > 0);
            if (reset) socket.LingerState = new LingerOption(true, 0);
        }

        await Poll.UntilAsync(() => gateway.Budget.Used == 0);
        gateway.Audit.Rows.OfType<SettledRow>().ShouldNotContain(row => row.Error == "internal");
        gateway.Stub.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task A_client_that_stops_reading_is_dropped_after_five_minutes()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var piece = Encoding.UTF8.GetBytes($"event: content_block_delta\ndata: {new string('x', 64 * 1024)}\n\n");
        await using var gateway = await GatewayFixture.StartAsync(clock: clock, provider: provider => provider with { IdleTimeout = TimeSpan.FromHours(1) }, answer: async context =>
        {
            // However much fits into the sockets' buffers, this is more.
            context.RequestAborted.Register(() => cut.TrySetResult());
            context.Response.ContentType = "text/event-stream";
            while (!cut.Task.IsCompleted) await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        });
        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: true));

        await clock.AdvanceUntilAsync(gateway.Audit.SettledAsync(), TimeSpan.FromMinutes(1));

        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error).ShouldBe((CallStatus.Aborted, "client_closed"));
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task ReadUntilAsync(HttpResponseMessage response, string text)
    {
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line && !line.Contains(text, StringComparison.Ordinal)) { }
    }

    private static async Task AssertOneEndAsync(GatewayFixture gateway)
    {
        await Poll.UntilAsync(() => gateway.Budget.Used == 0);
        gateway.Audit.Settled.Id.ShouldBe(gateway.Audit.Opened.Id);
    }
}
