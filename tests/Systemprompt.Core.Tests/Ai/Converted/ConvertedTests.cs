using System.Net;
using System.Text;
using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Converted;

/// <summary>A client of Anthropic's protocol in front of providers that speak another.</summary>
public sealed class ConvertedTests
{
    [Theory]
    [InlineData("gpt-ferry", "The ferry leaves at six ⛴", 20, 100, 9, 20 + 10 + 90)]
    [InlineData("o-ferry", "At six.", 20, 0, 4, 20 + 40)]
    [InlineData("gemini-ferry", "at six.", 20, 0, 4, 20 + 40)]
    public async Task A_whole_answer_comes_in_the_clients_words_and_is_priced(string model, string text, int input, int cached, int output, int cost)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model), ("x-api-key", "the client's own"), ("cookie", "a=b"));

        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var message = JsonElement.Parse(body);
        message.GetProperty("type").GetString().ShouldBe("message");
        message.GetProperty("model").GetString().ShouldBe(model);
        message.GetProperty("stop_reason").GetString().ShouldBe("end_turn");
        message.GetProperty("content")[0].GetProperty("text").GetString().ShouldBe(text);
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.UpstreamStatus, row.StopReason, row.UsageUnknown).ShouldBe((CallStatus.Completed, 200, 200, "end_turn", false));
        (row.Usage.Input, row.Usage.CacheRead, row.Usage.Output, row.Cost).ShouldBe((input, cached, output, cost));
        row.ResponseBytes.ShouldBe(Encoding.UTF8.GetByteCount(body));
    }

    [Theory]
    [InlineData("gpt-ferry", "The ferry leaves at six ⛴")]
    [InlineData("o-ferry", "At six.")]
    [InlineData("gemini-ferry", "It leaves at six.")]
    public async Task A_stream_comes_in_the_clients_words_and_ends_once(string model, string text)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var events = Events(await response.Content.ReadAsStringAsync());
        events.Select(each => each.Name).Distinct().ShouldBe(["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"]);
        string.Concat(events.Where(each => each.Name == "content_block_delta").Select(each => each.Data.GetProperty("delta").GetProperty("text").GetString())).ShouldBe(text);
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.StopReason, row.UsageUnknown).ShouldBe((CallStatus.Completed, 200, "end_turn", false));
        row.Cost.ShouldNotBeNull().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_end_of_a_stream_waits_for_its_row()
    {
        await using var gateway = await OtherVendor.StartAsync();
        gateway.Audit.Refuse<SettledRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body("gpt-ferry", stream: true));

        var events = Events(await response.Content.ReadAsStringAsync());
        events.ShouldContain(each => each.Name == "content_block_delta");
        events.ShouldNotContain(each => each.Name == "message_stop");
        events[^1].Name.ShouldBe("error");
        events[^1].Data.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("audit trail");
    }

    [Theory]
    [InlineData("gpt-429", 429, "rate_limit_error", "slow down", "provider_rate_limit")]
    [InlineData("gpt-401", 502, "api_error", "refuses the gateway's key", "provider_refuses_key")]
    [InlineData("gpt-500", 502, "api_error", "status 500", "provider_error")]
    [InlineData("gpt-400", 400, "invalid_request_error", "temperature is wrong for [redacted]", "provider_invalid_request")]
    public async Task An_error_of_the_provider_says_whose_it_is_and_never_the_key(string model, int status, string type, string message, string code)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model));

        ((int)response.StatusCode).ShouldBe(status);
        var text = await response.Content.ReadAsStringAsync();
        text.ShouldNotContain(GatewayFixture.Key);
        var error = JsonElement.Parse(text).GetProperty("error");
        error.GetProperty("type").GetString().ShouldBe(type);
        error.GetProperty("message").GetString()!.ShouldContain(message);
        if (status == 429) response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        var row = gateway.Audit.Settled;
        (row.Status, row.Error, row.Cost, row.UsageUnknown).ShouldBe((CallStatus.Failed, code, 0, false));
    }

    [Fact]
    public async Task A_refusal_of_the_key_by_Google_does_not_repeat_it()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            settings => settings with { Providers = new Dictionary<string, ProviderSettings> { ["google"] = OtherVendor.Gemini(settings.Providers["anthropic"].Endpoint!) } },
            answer: async context =>
            {
                context.Response.StatusCode = 403;
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$$"""[{"error":{"code":403,"message":"{{{GatewayFixture.Key}}}","status":"PERMISSION_DENIED"}}]"""));
            });

        using var response = await gateway.SendAsync(GatewayFixture.Body("gemini-ferry"));

        ((int)response.StatusCode).ShouldBe(502);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain(GatewayFixture.Key);
        gateway.Audit.Settled.Error.ShouldBe("provider_refuses_key");
    }

    [Theory]
    [InlineData("gpt-cut", "api_error", "truncated")]
    [InlineData("gpt-garbage", "api_error", "provider_bad_answer")]
    [InlineData("gpt-error", "overloaded_error", "server_overloaded")]
    public async Task A_stream_that_breaks_ends_in_an_error_and_its_cost_is_unknown(string model, string type, string code)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));

        var events = Events(await response.Content.ReadAsStringAsync());
        events.ShouldNotContain(each => each.Name == "message_stop");
        events.Count(each => each.Name == "error").ShouldBe(1);
        events[^1].Data.GetProperty("error").GetProperty("type").GetString().ShouldBe(type);
        var row = gateway.Audit.Settled;
        (row.Status, row.Error, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Failed, code, true, null));
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_provider()
    {
        await using var gateway = await OtherVendor.StartAsync();
        var response = await gateway.SendAsync(GatewayFixture.Body("gpt-hang", stream: true));
        var seen = await gateway.Stub.NextAsync();
        var stream = await response.Content.ReadAsStreamAsync();
        (await stream.ReadAsync(new byte[64])).ShouldBeGreaterThan(0);

        response.Dispose();

        await seen.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Error, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Aborted, "client_closed", true, null));
    }

    [Fact]
    public async Task A_whole_answer_where_a_stream_was_asked_for_is_no_answer_but_is_charged()
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("gpt-whole", stream: true));

        ((int)response.StatusCode).ShouldBe(502);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("in one piece");
        (gateway.Audit.Settled.Usage.Output, gateway.Audit.Settled.Cost).ShouldBe((9, 120));
    }

    [Theory]
    [InlineData("Refuse", false, false)]
    [InlineData("Ignore", true, false)]
    [InlineData("Keep", true, true)]
    public async Task Marks_of_prompt_caching_are_refused_ignored_or_kept_as_the_profile_says(string marks, bool passes, bool kept)
    {
        await using var gateway = await OtherVendor.StartAsync(settings => settings with { CacheMarks = Enum.Parse<CacheMarks>(marks) });
        const string body = """{"model":"gpt-ferry","max_tokens":64,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"hi"}]}""";

        using var response = await gateway.SendAsync(body);

        response.IsSuccessStatusCode.ShouldBe(passes);
        if (passes)
        {
            Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).Contains("cache_control", StringComparison.Ordinal).ShouldBe(kept);
            return;
        }

        ((int)response.StatusCode).ShouldBe(400);
        var (_, message) = await GatewayFixture.ErrorAsync(response);
        message.ShouldContain("system[0].cache_control");
        message.ShouldContain("cache_marks: ignore");
        gateway.Stub.HasMore.ShouldBeFalse();
        (gateway.Audit.Settled.Error, gateway.Audit.Settled.Cost).ShouldBe(("not_converted", 0));
    }

    [Theory]
    [InlineData("Auto", "gpt-4o", false)]
    [InlineData("Auto", "gpt-5-mini", true)]
    [InlineData("Send", "gpt-4o", true)]
    [InlineData("Ignore", "gpt-5-mini", false)]
    public async Task A_model_is_told_how_hard_to_think_as_the_profile_says(string mode, string model, bool told)
    {
        await using var gateway = await OtherVendor.StartAsync(settings => settings with { Thinking = Enum.Parse<ThinkingMode>(mode) });
        // As Claude Code sends it with every call.
        var body = $$$"""{"model":"{{{model}}}","max_tokens":64,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"messages":[{"role":"user","content":"hi"}]}""";

        using var response = await gateway.SendAsync(body);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).Contains("reasoning_effort", StringComparison.Ordinal).ShouldBe(told);
    }

    [Fact]
    public async Task What_only_Anthropic_can_do_is_refused_by_its_place()
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await gateway.SendAsync("""{"model":"gpt-ferry","max_tokens":64,"tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"hi"}]}""");

        ((int)response.StatusCode).ShouldBe(400);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("tools[0]");
        gateway.Stub.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_without_a_key_is_sent_none()
    {
        await using var gateway = await OtherVendor.StartAsync(settings => settings with { ApiKey = null, Keyless = true });

        using var response = await gateway.SendAsync(GatewayFixture.Body("gpt-open"));

        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        (await gateway.Stub.NextAsync()).Headers.ShouldNotContainKey("authorization");
    }

    private static IReadOnlyList<(string Name, JsonElement Data)> Events(string text) =>
    [
        .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('\n'))
            .Select(lines => (lines[0]["event: ".Length..], JsonElement.Parse(lines[1]["data: ".Length..]))),
    ];
}
