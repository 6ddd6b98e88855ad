using System.Net;
using System.Text;
using Systemprompt.Ai;
using Systemprompt.Audit;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>No client has a whole answer before the audit trail has.</summary>
public sealed class HeldBackTests
{
    private readonly TaskCompletionSource _settling = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _commit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("claude-sonnet-4-5", "message_stop")]
    [InlineData("claude-stub-error-mid", "error")]
    [InlineData("claude-stub-truncate", "error")]
    [InlineData("echo", "message_stop")]
    public async Task The_last_event_waits_for_the_commit(string model, string last)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Audit.Before = HoldSettled;
        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));
        var stream = await response.Content.ReadAsStreamAsync();
        await _settling.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var buffer = new byte[16 * 1024];
        var (before, next) = await ReadSoFarAsync(stream, buffer);
        _commit.SetResult();
        var after = Encoding.UTF8.GetString(buffer, 0, await next) + await new StreamReader(stream).ReadToEndAsync();

        before.ShouldContain("content_block_delta");
        before.ShouldEndWith("\n\n");
        before.ShouldNotContain($"event: {last}\n");
        after.ShouldStartWith($"event: {last}\n");
        gateway.Audit.Settled.HttpStatus.ShouldBe(200);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("claude-stub-429")]
    [InlineData("echo")]
    public async Task A_body_waits_for_the_commit(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Audit.Before = HoldSettled;
        var answer = gateway.SendAsync(GatewayFixture.Body(model));
        await _settling.Task.WaitAsync(TimeSpan.FromSeconds(10));

        answer.IsCompleted.ShouldBeFalse();
        _commit.SetResult();

        using var response = await answer;
        (await response.Content.ReadAsStringAsync()).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Nothing_reaches_the_provider_before_the_opened_row_is_committed()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Audit.Before = row =>
        {
            if (row is OpenedRow) opening.TrySetResult();
            return _commit.Task;
        };
        var answer = gateway.SendAsync(GatewayFixture.Body());
        await opening.Task.WaitAsync(TimeSpan.FromSeconds(10));

        gateway.Stub.HasMore.ShouldBeFalse();
        _commit.SetResult();

        (await answer).Dispose();
        gateway.Stub.HasMore.ShouldBeTrue();
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("echo")]
    public async Task A_stream_that_cannot_be_settled_ends_in_an_error_event(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Audit.Refuse<SettledRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));
        var answer = await response.Content.ReadAsStringAsync();

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.ShouldNotContain("message_stop");
        answer.Split("\n\n")[^2].ShouldStartWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the audit trail cannot be written");
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("claude-stub-429")]
    [InlineData("claude-stub-cut-before")]
    [InlineData("echo")]
    public async Task A_body_that_cannot_be_settled_is_503(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Audit.Refuse<SettledRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("audit trail");
        gateway.Audit.Rows.OfType<OpenedRow>().Count().ShouldBe(1);
        gateway.Budget.Used.ShouldBe(0);
    }

    private Task HoldSettled(AuditRow row)
    {
        if (row is not SettledRow) return Task.CompletedTask;
        _settling.TrySetResult();
        return _commit.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Reads on until nothing has come for a moment; the read that is then under way is handed over.</summary>
    private static async Task<(string Text, ValueTask<int> Next)> ReadSoFarAsync(Stream stream, byte[] buffer)
    {
        var text = new StringBuilder();
        while (true)
        {
            var next = stream.ReadAsync(buffer).AsTask();
            if (await Task.WhenAny(next, Task.Delay(200)) != next) return (text.ToString(), new ValueTask<int>(next));
            text.Append(Encoding.UTF8.GetString(buffer, 0, await next));
        }
    }
}
