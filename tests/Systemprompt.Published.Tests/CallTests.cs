using System.Net;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>Model calls through the published file: bytes untouched, priced, settled whatever happens.</summary>
[Collection(GatewayTests.Name)]
public sealed class CallTests(GatewayFixture gateway)
{
    // 25 tokens in at 1 dollar and 9 out at 5 dollars per million.
    private const long CostOfHaiku = 70;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_and_answer_pass_byte_for_byte_and_are_priced(bool stream)
    {
        var body = Encoding.UTF8.GetBytes($$"""{ "model":"claude-haiku-4-5", "stream" : {{(stream ? "true" : "false")}},"max_tokens":64,"messages":[{"role":"user","content":"Grüße {{stream}}"}] , "unknown_field":[1, 2.50]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/messages?beta=true") { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
        request.Headers.Add("anthropic-version", "2023-06-01");
        request.Headers.Add("anthropic-beta", "some-beta-2030-01-01");

        using var answer = await gateway.Alice.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var seen = await gateway.SeenAsync($"Grüße {stream}");
        seen.Body.ShouldBe(body);
        seen.Headers["anthropic-beta"].ShouldBe("some-beta-2030-01-01");
        seen.Headers["x-api-key"].ShouldBe(GatewayFixture.Key);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(seen.Answer);
        answer.Headers.GetValues("request-id").ShouldNotBeEmpty();
        await ShouldBeSettledAsync(answer, "completed", CostOfHaiku);
    }

    [Fact]
    public async Task The_built_in_echo_answers_streams_and_has_a_price()
    {
        using var answer = await PublishedHost.AskAsync(gateway.Alice, "say pineapple");
        JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("content")[0].GetProperty("text").GetString().ShouldBe("say pineapple");
        (await gateway.Database.ScalarAsync<long>($"select cost_microdollars from ai.requests where id = '{GatewayFixture.AuditId(answer)}'")).ShouldBePositive();

        using var streamed = await PublishedHost.AskAsync(gateway.Alice, "one two three", stream: true);
        (await streamed.Content.ReadAsStringAsync()).ShouldContain("event: message_stop");
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(streamed))).ShouldBe("completed");
    }

    [Fact]
    public async Task A_refused_call_is_451_in_anthropics_shape_one_row_and_never_reaches_the_provider()
    {
        using var answer = await GatewayFixture.CallAsync(gateway.Alice, "claude-haiku-4-5", $"deploy with {Canary.AwsKey} now");

        ((int)answer.StatusCode).ShouldBe(451);
        answer.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        var error = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        error.GetProperty("type").GetString().ShouldBe("error");
        error.GetProperty("error").GetProperty("type").GetString().ShouldBe("permission_error");
        error.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("secret_scan");
        await ShouldBeSettledAsync(answer, "refused", 0);
        (await gateway.Database.ScalarAsync<string>($"select verdict from governance.decisions where id = '{GatewayFixture.AuditId(answer)}'")).ShouldBe("deny");

        using var next = await GatewayFixture.CallAsync(gateway.Alice, "claude-haiku-4-5", "the call after the refused one");
        await next.Content.ReadAsByteArrayAsync();
        string seen;
        do
        {
            seen = Encoding.UTF8.GetString((await gateway.Upstream.NextAsync()).Body);
            seen.ShouldNotContain("deploy");
        }
        while (!seen.Contains("after the refused one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_without_a_price_is_served_and_its_cost_is_unknown_not_zero()
    {
        using var answer = await GatewayFixture.CallAsync(gateway.Alice, "claude-next-99");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await answer.Content.ReadAsByteArrayAsync();
        var id = GatewayFixture.AuditId(answer);
        (await gateway.Database.ScalarAsync<bool>($"select cost_unknown and cost_microdollars is null and input_tokens = 25 from ai.requests where id = '{id}'")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_provider_and_the_row_says_aborted()
    {
        using var leave = new CancellationTokenSource();
        var answer = await GatewayFixture.CallAsync(gateway.Alice, "claude-stub-hang-mid", "leaving soon", stream: true, cancellationToken: leave.Token);
        var id = GatewayFixture.AuditId(answer);
        (await gateway.Database.StatusAsync(id)).ShouldBe("open");
        var seen = await gateway.SeenAsync("leaving soon");

        await leave.CancelAsync();
        answer.Dispose();

        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(5));
        await Condition.HoldsAsync("the row is settled", TimeSpan.FromSeconds(5), async () => await gateway.Database.StatusAsync(id) == "aborted");
    }

    [Theory]
    [InlineData("claude-stub-cut-mid", true)]
    [InlineData("claude-stub-cut-mid", false)]
    [InlineData("claude-stub-cut-before", false)]
    [InlineData("claude-stub-truncate", true)]
    [InlineData("claude-stub-garbage", true)]
    public async Task An_answer_that_breaks_off_never_looks_complete_and_the_row_says_failed(string model, bool stream)
    {
        using var answer = await GatewayFixture.CallAsync(gateway.Alice, model, stream: stream);
        var text = "";
        try
        {
            text = await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            // The connection was closed in the middle, as it should be once bytes of the answer have left.
        }

        text.ShouldNotContain("message_stop");
        if (!stream) answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        var id = GatewayFixture.AuditId(answer);
        await Condition.HoldsAsync("the row is settled", TimeSpan.FromSeconds(5), async () => await gateway.Database.StatusAsync(id) == "failed");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(529)]
    public async Task An_error_of_the_provider_passes_verbatim_and_the_row_says_failed(int status)
    {
        using var answer = await GatewayFixture.CallAsync(gateway.Alice, $"claude-stub-{status}", $"expecting {status}");

        ((int)answer.StatusCode).ShouldBe(status);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe((await gateway.SeenAsync($"expecting {status}")).Answer);
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(answer))).ShouldBe("failed");
    }

    [Fact]
    public async Task Claude_code_finds_somebody_there()
    {
        foreach (var path in (string[])["", "api/hello"])
        {
            using var probe = await gateway.Host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
            probe.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }
    }

    private async Task ShouldBeSettledAsync(HttpResponseMessage answer, string status, long cost)
    {
        var id = GatewayFixture.AuditId(answer);
        (await gateway.Database.StatusAsync(id)).ShouldBe(status);
        (await gateway.Database.ScalarAsync<long>($"select cost_microdollars from ai.requests where id = '{id}' and not cost_unknown and user_id = 'alice' and tenant = 'myco'")).ShouldBe(cost);
    }
}
