using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Systemprompt.Ai;
using Systemprompt.Core.Tests.Ai.Converted;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai.Doors;

/// <summary>Clients of OpenAI's two protocols, in front of providers that speak the same, another, or nothing but echo.</summary>
public sealed class OpenAiDoorTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Responses = "/v1/responses";

    [Fact]
    public async Task A_chat_call_passes_byte_for_byte_and_is_priced()
    {
        await using var gateway = await OtherVendor.StartAsync();
        const string body = """{ "model":"gpt-ferry", "messages":[{"role":"user","content":"hi \u26f4"}],  "unknown":{"kept":[1, 2]} }""";

        using var response = await SendAsync(gateway, Chat, body, ("openai-organization", "org-of-the-client"), ("x-stainless-lang", "js"), ("cookie", "a=b"));

        var seen = await gateway.Stub.NextAsync();
        Encoding.UTF8.GetString(seen.Body).ShouldBe(body);
        seen.Headers["authorization"].ShouldBe($"Bearer {GatewayFixture.Key}");
        seen.Headers["x-stainless-lang"].ShouldBe("js");
        seen.Headers.ShouldNotContainKey("openai-organization");
        seen.Headers.ShouldNotContainKey("cookie");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("x-request-id").Single().ShouldBe("req_other_1");
        (await response.Content.ReadAsStringAsync()).ShouldContain("The ferry leaves at six ⛴");
        var row = gateway.Audit.Settled;
        (row.Status, row.StopReason, row.UpstreamRequestId).ShouldBe((CallStatus.Completed, "end_turn", "req_other_1"));
        (row.Usage.Input, row.Usage.CacheRead, row.Usage.Output, row.Cost).ShouldBe((20, 100, 9, 20 + 10 + 90));
    }

    [Theory]
    [InlineData("""{"model":"gpt-ferry","stream":true,"messages":[]}""", """{"stream_options":{"include_usage":true},"model":"gpt-ferry","stream":true,"messages":[]}""")]
    [InlineData("""{"stream":true,"stream_options":{ },"model":"gpt-ferry","messages":[]}""", """{"stream":true,"stream_options":{"include_usage":true },"model":"gpt-ferry","messages":[]}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_obfuscation":false},"model":"gpt-ferry","messages":[]}""", """{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},"model":"gpt-ferry","messages":[]}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage": false},"model":"gpt-ferry","messages":[]}""", """{"stream":true,"stream_options":{"include_usage": true},"model":"gpt-ferry","messages":[]}""")]
    [InlineData("""{"stream":true,"stream_options":null,"model":"gpt-ferry","messages":[]}""", """{"stream":true,"stream_options":{"include_usage":true},"model":"gpt-ferry","messages":[]}""")]
    public async Task A_stream_is_asked_for_its_usage_which_the_client_does_not_see(string body, string sent)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await SendAsync(gateway, Chat, body);

        var text = await response.Content.ReadAsStringAsync();
        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).ShouldBe(sent);
        text.ShouldContain("leaves at six ⛴");
        text.ShouldNotContain("prompt_tokens");
        text.ShouldEndWith("\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Cost).ShouldBe((CallStatus.Completed, 120));
    }

    [Fact]
    public async Task A_client_that_asks_for_usage_gets_the_stream_as_it_came()
    {
        await using var gateway = await OtherVendor.StartAsync();
        const string body = """{"model":"gpt-ferry","stream":true,"stream_options":{"include_usage":true},"messages":[]}""";

        using var response = await SendAsync(gateway, Chat, body);

        var text = await response.Content.ReadAsStringAsync();
        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).ShouldBe(body);
        text.ShouldContain("\"prompt_tokens\":120");
        text.ShouldEndWith("data: [DONE]\n\n");
        gateway.Audit.Settled.Cost.ShouldBe(120);
    }

    [Fact]
    public async Task A_server_that_refuses_the_question_is_not_asked_and_the_cost_is_unknown()
    {
        await using var gateway = await OtherVendor.StartAsync(settings => settings with { AskUsage = false });

        using var response = await SendAsync(gateway, Chat, """{"model":"gpt-ferry","messages":[],"stream":true}""");

        // The stand-in insists on the question.
        ((int)response.StatusCode).ShouldBe(400);
        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).ShouldNotContain("stream_options");
    }

    [Fact]
    public async Task The_end_of_a_chat_stream_waits_for_its_row()
    {
        await using var gateway = await OtherVendor.StartAsync();
        gateway.Audit.Refuse<SettledRow>();

        using var response = await SendAsync(gateway, Chat, """{"model":"gpt-ferry","messages":[],"stream":true}""");

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("leaves at six ⛴");
        text.ShouldNotContain("\"finish_reason\":\"stop\"");
        text.ShouldNotContain("[DONE]");
        Error(text.Split("data: ")[^1]).Message.ShouldContain("audit trail");
    }

    [Theory]
    [InlineData("gpt-cut", "truncated")]
    [InlineData("gpt-error", "server_overloaded")]
    public async Task A_chat_stream_that_breaks_ends_in_an_error(string model, string code)
    {
        await using var gateway = await OtherVendor.StartAsync();

        using var response = await SendAsync(gateway, Chat, $$"""{"model":"{{model}}","messages":[],"stream":true}""");

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldNotContain("[DONE]");
        Error(text.Split("data: ")[^1]).Message.ShouldNotBeEmpty();
        var row = gateway.Audit.Settled;
        (row.Status, row.Error, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Failed, code, true, null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_responses_call_passes_byte_for_byte_and_is_priced(bool stream)
    {
        await using var gateway = await OtherVendor.StartAsync();
        var body = $$"""{"model":"o-ferry","input":"hi","stream":{{(stream ? "true" : "false")}},"store":false,"prompt_cache_key":"session-7"}""";

        using var response = await SendAsync(gateway, Responses, body);

        var text = await response.Content.ReadAsStringAsync();
        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).ShouldBe(body);
        text.ShouldContain("At six.");
        if (stream) text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1].ShouldStartWith("event: response.completed\n");
        var row = gateway.Audit.Settled;
        (row.Status, row.StopReason, row.Usage.Input, row.Usage.Output, row.Cost).ShouldBe((CallStatus.Completed, "end_turn", 20, 4, 20 + 40));
        gateway.Audit.Opened.SessionId.ShouldBe("session-7");
    }

    [Theory]
    [InlineData(Chat, "claude-sonnet-4-5")]
    [InlineData(Responses, "claude-sonnet-4-5")]
    [InlineData(Responses, "gpt-ferry")]
    [InlineData(Chat, "o-ferry")]
    [InlineData(Chat, "gemini-ferry")]
    public async Task A_provider_of_another_protocol_answers_in_the_clients_words(string door, string model)
    {
        await using var gateway = await StartAsync(model);
        foreach (var stream in new[] { false, true })
        {
            using var response = await SendAsync(gateway, door, Asking(door, model, stream));

            var text = await response.Content.ReadAsStringAsync();
            response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
            response.Headers.GetValues("x-request-id").Single().ShouldBe(response.Headers.GetValues("x-audit-id").Single());
            Said(door, text, stream).ShouldNotBeEmpty();
        }

        gateway.Audit.Rows.OfType<SettledRow>().Select(row => (row.Status, row.Cost > 0)).ShouldBe([(CallStatus.Completed, true), (CallStatus.Completed, true)]);
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Responses)]
    public async Task The_echo_model_answers_whole_and_in_pieces_and_calls_tools(string door)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        foreach (var stream in new[] { false, true })
        {
            using var response = await SendAsync(gateway, door, Asking(door, "echo", stream, "say pineapple, 🍍🍍🍍🍍🍍🍍🍍🍍🍍🍍🍍"));
            var text = await response.Content.ReadAsStringAsync();
            response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
            Said(door, text, stream).ShouldBe("say pineapple, 🍍🍍🍍🍍🍍🍍🍍🍍🍍🍍🍍");

            using var called = await SendAsync(gateway, door, Asking(door, "echo", stream, "/tool Bash {\\\"command\\\":\\\"ls\\\"}"));
            text = await called.Content.ReadAsStringAsync();
            called.StatusCode.ShouldBe(HttpStatusCode.OK, text);
            text.ShouldContain("Bash");
            text.ShouldContain(door == Chat ? "tool_calls" : "function_call");
        }
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Responses)]
    public async Task Refusals_and_faults_are_in_OpenAIs_shape(string door)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using (var unknown = await SendAsync(gateway, door, Asking(door, "gpt-nowhere", stream: false)))
        {
            ((int)unknown.StatusCode).ShouldBe(door == Chat ? 404 : 400);
            unknown.Headers.GetValues("x-request-id").ShouldBe(unknown.Headers.GetValues("x-audit-id"));
            var error = Error(await unknown.Content.ReadAsStringAsync());
            (error.Type, error.Code).ShouldBe(("invalid_request_error", "model_not_found"));
        }

        using (var broken = await SendAsync(gateway, door, "{"))
        {
            ((int)broken.StatusCode).ShouldBe(400);
            Error(await broken.Content.ReadAsStringAsync()).Message.ShouldContain("not valid JSON");
        }

        using (var twice = await SendAsync(gateway, door, """{"model":"echo","model":"echo"}"""))
            Error(await twice.Content.ReadAsStringAsync()).Message.ShouldBe("model: stands twice");

        gateway.Policies.Judge = _ => new PolicyDecision(PolicyOutcome.Deny, "scope", "not for you", null, []);
        using var refused = await SendAsync(gateway, door, Asking(door, "echo", stream: true));
        ((int)refused.StatusCode).ShouldBe(door == Chat ? 451 : 400);
        refused.Headers.GetValues("x-should-retry").Single().ShouldBe("false");
        var (type, message, code) = Error(await refused.Content.ReadAsStringAsync());
        (type, message, code).ShouldBe(("permission_error", "refused by policy scope: not for you", "policy_deny"));
    }

    private static Task<GatewayFixture> StartAsync(string model) => model.StartsWith("claude", StringComparison.Ordinal) ? GatewayFixture.StartAsync() : OtherVendor.StartAsync();

    private static string Asking(string door, string model, bool stream, string text = "hi")
    {
        var flag = stream ? "true" : "false";
        return door == Chat
            ? $$"""{"model":"{{model}}","stream":{{flag}},"messages":[{"role":"user","content":"{{text}}"}]}"""
            : $$"""{"model":"{{model}}","stream":{{flag}},"input":"{{text}}"}""";
    }

    private static string Said(string door, string text, bool stream)
    {
        if (!stream)
        {
            var answer = JsonElement.Parse(text);
            return door == Chat
                ? answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!
                : answer.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString()!;
        }

        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(each => each[(each.IndexOf("data: ", StringComparison.Ordinal) + 6)..]).ToList();
        if (door == Chat)
        {
            events[^1].ShouldBe("[DONE]");
            return string.Concat(events[..^1].Select(each => JsonElement.Parse(each)).SelectMany(each => each.GetProperty("choices").EnumerateArray())
                .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
        }

        JsonElement.Parse(events[^1]).GetProperty("type").GetString().ShouldBe("response.completed");
        return string.Concat(events.Select(each => JsonElement.Parse(each)).Where(each => each.GetProperty("type").GetString() == "response.output_text.delta").Select(each => each.GetProperty("delta").GetString()));
    }

    private static (string Type, string Message, string? Code) Error(string json)
    {
        var error = JsonElement.Parse(json).GetProperty("error");
        error.TryGetProperty("param", out _);
        return (error.GetProperty("type").GetString()!, error.GetProperty("message").GetString()!, error.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private static Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string path, string body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
