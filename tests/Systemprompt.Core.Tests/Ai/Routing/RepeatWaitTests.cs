using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>The wait before a call is repeated, which is longer here than the provider's time for an answer to begin.</summary>
public sealed class RepeatWaitTests
{
    private const string Good = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string Wait = "8";

    private static readonly DateTimeOffset Morning = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly WaitClock _clock = new(TimeSpan.FromSeconds(8));
    private int _asked;

    [Theory]
    [InlineData("/v1/messages", "retry-after", Wait)]
    [InlineData("/v1/messages", "retry-after", "Fri, 02 Jan 2026 03:04:13 GMT")]
    [InlineData("/v1/messages", "retry-after-ms", "8000")]
    [InlineData("/v1/messages/count_tokens", "retry-after", Wait)]
    public async Task It_is_as_long_as_the_provider_says_and_counts_for_no_timeout(string path, string header, string value)
    {
        await using var gateway = await StartAsync(context => context.Response.Headers[header] = value);
        var answer = gateway.Client.PostAsync(path, new StringContent(GatewayFixture.Body(), Encoding.UTF8, "application/json"));
        await _clock.Waits.Task.WaitAsync(TimeSpan.FromSeconds(10));
        _asked.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(8));

        using var response = await answer;
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        (body, _asked).ShouldBe((Good, 2));
        if (path == "/v1/messages") (gateway.Audit.Settled.Status, gateway.Audit.Settled.Attempts).ShouldBe((CallStatus.Completed, 2));
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_lasts_ends_the_call_and_nobody_is_asked_again()
    {
        await using var gateway = await StartAsync(static context => context.Response.Headers["retry-after"] = Wait);
        using var leave = new CancellationTokenSource();
        var answer = gateway.Client.SendAsync(GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body())), leave.Token);
        await _clock.Waits.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(answer);
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.Attempts, _asked).ShouldBe((CallStatus.Aborted, "client_closed", 1, 1));
    }

    [Fact]
    public async Task A_count_of_tokens_that_does_not_begin_in_time_is_504()
    {
        await using var gateway = await GatewayFixture.StartAsync(clock: _clock, answer: static context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default));
        var answer = gateway.Client.PostAsync("/v1/messages/count_tokens", new StringContent(GatewayFixture.Body(), Encoding.UTF8, "application/json"));
        await gateway.Stub.NextAsync();

        _clock.Advance(TimeSpan.FromMinutes(10));

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("timeout_error");
    }

    /// <summary>A provider that is too busy for the first call.</summary>
    private Task<GatewayFixture> StartAsync(Action<HttpContext> busy) => GatewayFixture.StartAsync(
        provider: settings => settings with { FirstByteTimeout = TimeSpan.FromSeconds(5), Retries = 1 },
        clock: _clock,
        answer: async context =>
        {
            context.Response.ContentType = "application/json";
            if (Interlocked.Increment(ref _asked) == 1)
            {
                context.Response.StatusCode = 429;
                busy(context);
                return;
            }

            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Good));
        });

    /// <summary>A clock that says when somebody begins to wait for a certain time.</summary>
    private sealed class WaitClock(TimeSpan wait) : FakeTimeProvider(Morning)
    {
        public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == wait) Waits.TrySetResult();
            return timer;
        }
    }
}
