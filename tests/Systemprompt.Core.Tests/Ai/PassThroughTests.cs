using System.Net;
using System.Text;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

public sealed class PassThroughTests
{
    /// <summary>Everything that a re-serialising gateway would change.</summary>
    private const string Odd =
        """
        {  "stream" :false,"system":[{"type":"text","text":"attribution","cache_control":{"type":"ephemeral"}}, {"type":"text","text":"two"}],
           "zz_unknown": {"b":1.0,"a":[ ]}, "max_tokens":64, "context_management":{"edits":[]}, "model":"claude-sonnet-4-5",
           "messages":[{"role":"user","content":"nul \u0000 lone \ud800 \uDC00 pair \ud83c\udf89 /\/ é 世界"},
                       {"role":"system","content":"late system"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"EqQB=="}]},
                       {"role":"user","content":[]}],
           "metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"s-1\"}"} }

        """;

    [Fact]
    public async Task Request_and_answer_pass_byte_for_byte()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(Odd, ("anthropic-beta", "a-2025-01-01,unknown-2030-01-01"));
        var answer = await response.Content.ReadAsByteArrayAsync();

        var seen = await gateway.Stub.NextAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, Encoding.UTF8.GetString(answer));
        seen.Body.ShouldBe(Encoding.UTF8.GetBytes(Odd));
        seen.Query.ShouldBe("?beta=true");
        answer.ShouldBe(seen.Answer);
        gateway.Audit.Opened.SessionId.ShouldBe("s-1");
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("claude-stub-bytewise")]
    [InlineData("claude-stub-10mb")]
    [InlineData("claude-stub-no-usage")]
    [InlineData("claude-stub-cache")]
    [InlineData("claude-stub-error-mid")]
    public async Task A_stream_passes_byte_for_byte(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));
        var answer = await response.Content.ReadAsByteArrayAsync();

        var seen = await gateway.Stub.NextAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        answer.AsSpan().SequenceEqual(seen.Answer).ShouldBeTrue($"{answer.Length} bytes of {seen.Answer.Length}");
        (await gateway.Audit.SettledAsync()).ResponseBytes.ShouldBe(answer.Length);
    }

    [Fact]
    public async Task Headers_of_the_protocol_pass_and_those_of_the_company_do_not()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(
            GatewayFixture.Body(),
            ("authorization", "Bearer the-clients-token"), ("x-api-key", "the-clients-key"), ("cookie", "a=b"), ("x-forwarded-for", "10.0.0.1"),
            ("x-amzn-oidc-data", "jwt"), ("accept-encoding", "gzip, br"), ("anthropic-beta", "x-1"), ("anthropic-beta", "y-2"),
            ("anthropic-unknown", "kept"), ("x-stainless-lang", "js"), ("x-app", "cli"), ("x-claude-code-session-id", "sess-9"), ("user-agent", "claude-cli/2.1.330"));

        var seen = await gateway.Stub.NextAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        seen.Headers["x-api-key"].ShouldBe(GatewayFixture.Key);
        seen.Headers["anthropic-beta"].Split(',', StringSplitOptions.TrimEntries).ShouldBe(["x-1", "y-2"]);
        seen.Headers["anthropic-unknown"].ShouldBe("kept");
        seen.Headers["accept-encoding"].ShouldBe("identity");
        seen.Headers.Keys.Order().ShouldBe([
            "accept-encoding", "anthropic-beta", "anthropic-unknown", "anthropic-version", "content-length", "content-type", "host", "user-agent",
            "x-api-key", "x-app", "x-claude-code-session-id", "x-stainless-lang",
        ]);
        gateway.Audit.Opened.SessionId.ShouldBe("sess-9");
        gateway.Audit.Opened.Client.ShouldBe("claude-cli/2.1.330");
    }

    // A provider that decodes by the charset that is claimed would read other text than the policies did.
    [Theory]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json;charset=UTF-16LE")]
    public async Task A_charset_that_the_body_does_not_have_never_reaches_the_provider(string type)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var request = GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body()));
        request.Content!.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);

        using var response = await gateway.Client.SendAsync(request);

        if (response.IsSuccessStatusCode) (await gateway.Stub.NextAsync()).Headers["content-type"].ShouldBe("application/json");
        else response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task What_reads_an_answer_is_given_the_call_as_it_was_rewritten()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var rewritten = Encoding.UTF8.GetBytes(GatewayFixture.Body(content: new string('x', 20_000)));
        var judge = gateway.Policies.Judge;
        gateway.Policies.Judge = call => judge(call) with { Content = rewritten };

        (await gateway.SendAsync(GatewayFixture.Body())).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Policies.Watched.ShouldBe(rewritten);
        (await gateway.Stub.NextAsync()).Body.ShouldBe(rewritten);
    }

    [Fact]
    public async Task Answer_headers_pass_without_those_of_our_account()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.Headers.GetValues("request-id").ShouldHaveSingleItem().ShouldStartWith("req_");
        response.Headers.GetValues("x-stub-unknown-header").ShouldBe(["kept as it is"]);
        response.Headers.Contains("anthropic-ratelimit-requests-remaining").ShouldBeFalse();
        response.Headers.Contains("anthropic-organization-id").ShouldBeFalse();
        response.Headers.GetValues("x-audit-id").ShouldBe([gateway.Audit.Opened.Id.ToString()]);
        gateway.Audit.Settled.UpstreamRequestId.ShouldBe(response.Headers.GetValues("request-id").Single());
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(529, "overloaded_error")]
    public async Task An_error_of_the_provider_passes_as_it_is_and_costs_nothing(int status, string type)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body($"claude-stub-{status}", stream: true));
        var answer = await response.Content.ReadAsByteArrayAsync();

        ((int)response.StatusCode).ShouldBe(status);
        answer.ShouldBe((await gateway.Stub.NextAsync()).Answer);
        if (status == 429) response.Headers.RetryAfter!.ToString().ShouldBe("7");
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.UpstreamStatus, row.Error, row.Cost, row.UsageUnknown).ShouldBe((CallStatus.Failed, status, status, type, 0L, false));
    }

    [Fact]
    public async Task Our_key_never_reaches_the_client()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-echo-key"));

        (await response.Content.ReadAsStringAsync()).ShouldContain("key [redacted] is not valid");
        response.Headers.Contains("x-stub-key").ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_compressed_answer_reaches_a_client_that_did_not_ask_for_one(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-gzip", stream));
        var answer = await response.Content.ReadAsStringAsync();

        response.Content.Headers.ContentEncoding.ShouldBeEmpty();
        answer.ShouldContain("世界");
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Usage.Output).ShouldBe((CallStatus.Completed, 9));
    }

    [Fact]
    public async Task A_compressed_message_passes_as_it_is_to_a_client_that_reads_it()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-gzip"), ("accept-encoding", "br, gzip"));

        response.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe((await gateway.Stub.NextAsync()).Answer);
        gateway.Audit.Settled.Usage.Input.ShouldBe(25);
    }

    [Fact]
    public async Task A_message_of_ten_megabytes_passes()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("claude-stub-10mb"));

        (await response.Content.ReadAsByteArrayAsync()).Length.ShouldBeGreaterThan(10 * 1024 * 1024);
        gateway.Audit.Settled.Status.ShouldBe(CallStatus.Completed);
    }

    [Fact]
    public async Task A_body_of_thirty_megabytes_passes()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var body = Encoding.UTF8.GetBytes(GatewayFixture.Body(content: new string('x', 30 * 1024 * 1024)));

        using var response = await gateway.Client.SendAsync(GatewayFixture.Request(body));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Stub.NextAsync()).Body.AsSpan().SequenceEqual(body).ShouldBeTrue();
        gateway.Budget.Used.ShouldBe(0);
    }
}
