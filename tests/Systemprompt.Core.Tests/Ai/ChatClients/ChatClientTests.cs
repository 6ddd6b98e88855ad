using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.ChatClients;

/// <summary>A provider that is a chat client of an extension, behind the three doors over real connections.</summary>
public sealed class ChatClientTests : ChatClientBench
{
    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    public async Task A_whole_answer_comes_in_theClients_words_and_is_priced_and_recorded(string door)
    {
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, door, Body(door));

        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        TextOf(door, JsonElement.Parse(body)).ShouldBe("The ferry leaves at six ⛴");
        body.ShouldContain("\"model\":\"quay\"");
        gateway.Audit.Opened.Provider.ShouldBe("own");
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.UpstreamStatus, row.StopReason, row.UsageUnknown, row.Attempts, row.UpstreamRequestId).ShouldBe((CallStatus.Completed, 200, null, "end_turn", false, 1, "resp-7"));
        (row.Usage.Input, row.Usage.CacheRead, row.Usage.Output, row.Usage.Reasoning, row.Cost).ShouldBe((20, 100, 9, 2, 20 + 10 + 90));
        row.ResponseBytes.ShouldBe(Encoding.UTF8.GetByteCount(body));
        row.FirstByteMicroseconds.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("/v1/messages", "message_stop")]
    [InlineData("/v1/chat/completions", "[DONE]")]
    [InlineData("/v1/responses", "response.completed")]
    public async Task A_stream_comes_update_by_update_and_ends_once_its_row_is_committed(string door, string end)
    {
        var release = new TaskCompletionSource();
        Client.Before = (at, _) => at == 1 ? release.Task : Task.CompletedTask;
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, door, Body(door, stream: true));

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var early = new StringBuilder();
        while (!early.ToString().Contains("The ferry", StringComparison.Ordinal)) early.AppendLine(await reader.ReadLineAsync());
        gateway.Audit.Rows.OfType<SettledRow>().ShouldBeEmpty();
        release.SetResult();
        var all = early + await reader.ReadToEndAsync();
        all.ShouldContain("leaves at six ⛴");
        all.TrimEnd().Split('\n')[^1].ShouldContain(end);
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.StopReason, row.Cost).ShouldBe((CallStatus.Completed, 200, "end_turn", 20 + 10 + 90));
    }

    [Fact]
    public async Task The_end_of_a_stream_waits_for_its_row()
    {
        await using var gateway = await StartAsync();
        gateway.Audit.Refuse<SettledRow>();

        var body = await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true))).Content.ReadAsStringAsync();

        body.ShouldContain("content_block_delta");
        body.ShouldNotContain("message_stop");
        body.ShouldContain("audit trail");
    }

    [Fact]
    public async Task Nothing_is_asked_before_the_row_is_committed()
    {
        await using var gateway = await StartAsync();
        gateway.Audit.Refuse<OpenedRow>();

        using var response = await PostAsync(gateway, "/v1/messages", Body("/v1/messages"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        Client.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/v1/messages", false, "api_error")]
    [InlineData("/v1/chat/completions", false, "server_error")]
    [InlineData("/v1/responses", false, "server_error")]
    [InlineData("/v1/messages", true, "api_error")]
    public async Task An_exception_of_theClient_is_502_in_the_callers_shape_without_its_words(string door, bool stream, string type)
    {
        Client.Before = static (_, _) => throw new InvalidOperationException($"bad key {GatewayFixture.Key} at /srv/secret");
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, door, Body(door, stream));

        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway, body);
        JsonElement.Parse(body).GetProperty("error").GetProperty("type").GetString().ShouldBe(type);
        body.ShouldContain("provider own failed");
        body.ShouldNotContain(GatewayFixture.Key);
        body.ShouldNotContain("/srv/");
        body.ShouldNotContain("   at ");
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.Error, row.Cost, row.UsageUnknown).ShouldBe((CallStatus.Failed, 502, "provider_failed", null, true));
    }

    [Theory]
    [InlineData(429, 429, "provider_rate_limit")]
    [InlineData(401, 502, "provider_refuses_key")]
    [InlineData(400, 400, "provider_invalid_request")]
    [InlineData(503, 529, "provider_overloaded")]
    public async Task The_status_of_an_HTTP_error_is_understood_and_its_words_are_not_passed_on(int status, int answered, string code)
    {
        Client.Before = (_, _) => throw new HttpRequestException($"wrong {GatewayFixture.Key}", null, (HttpStatusCode)status);
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, "/v1/messages", Body("/v1/messages"));

        ((int)response.StatusCode).ShouldBe(answered);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain(GatewayFixture.Key);
        (gateway.Audit.Settled.Error, gateway.Audit.Settled.UpstreamStatus, gateway.Audit.Settled.Cost).ShouldBe((code, status, 0));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_ends_in_an_error_event_and_its_cost_is_unknown()
    {
        Client.Before = static (at, _) => at == 1 ? throw new IOException($"lost {GatewayFixture.Key}") : Task.CompletedTask;
        await using var gateway = await StartAsync();

        var body = await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true))).Content.ReadAsStringAsync();

        body.ShouldContain("The ferry");
        body.ShouldNotContain("message_stop");
        body.ShouldContain("event: error");
        body.ShouldNotContain(GatewayFixture.Key);
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Error, gateway.Audit.Settled.Cost).ShouldBe((CallStatus.Failed, "provider_failed", null));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task One_that_does_not_begin_in_time_is_504_whether_it_listens_to_its_token_or_not(bool stream, bool listens)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var told = new TaskCompletionSource();
        Client.Before = (_, token) =>
        {
            token.Register(told.SetResult);
            return Task.Delay(Timeout.Infinite, listens ? token : default);
        };
        await using var gateway = await StartAsync(clock: clock);
        var answer = PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream));
        await Poll.UntilAsync(() => !Client.Asked.IsEmpty);

        await clock.AdvanceUntilAsync(answer, TimeSpan.FromMinutes(1));

        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("timeout_error", "provider own did not begin its answer in time"));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (gateway.Audit.Settled.Error, gateway.Audit.Settled.UsageUnknown).ShouldBe(("provider_timeout", true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_falls_silent_ends_in_an_error_event(bool listens)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        Client.Before = (at, token) => at == 1 ? Task.Delay(Timeout.Infinite, listens ? token : default) : Task.CompletedTask;
        await using var gateway = await StartAsync(clock: clock);
        using var response = await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true));
        var answer = response.Content.ReadAsStringAsync();

        await clock.AdvanceUntilAsync(answer, TimeSpan.FromMinutes(1));

        (await answer).ShouldContain("did not go on with its answer in time");
        if (listens) await Client.LetGo.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_caller_that_vanishes_stops_theClient()
    {
        Client.Before = static (at, token) => at == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await using var gateway = await StartAsync();
        using (var response = await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true)))
        {
            var stream = await response.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[10]);
        }

        await Client.LetGo.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.Cost).ShouldBe((CallStatus.Aborted, "client_closed", null));
    }
}
