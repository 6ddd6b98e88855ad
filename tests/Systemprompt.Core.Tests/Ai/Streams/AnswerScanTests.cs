using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Ai;
using Systemprompt.Core.Tests.Ai.Converted;
using Systemprompt.Core.Tests.Governance;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Governance.Policies;
using Systemprompt.Governance.Secrets;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Ai.Streams;

/// <summary>Answers are read before they leave, in every protocol, wherever a text is cut; no byte is altered.</summary>
public sealed class AnswerScanTests
{
    private static readonly string Secret = "ghp_" + SecretSamples.Random(Alphabets.Alphanumeric, 36, seed: 4);

    public static TheoryData<string> Shapes => ["messages", "messages tool", "messages reordered", "chat", "chat tool", "responses", "responses arguments"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_credential_cut_over_two_events_is_found_wherever_it_is_cut(string shape)
    {
        var text = $"Take {Secret} for it.";
        for (var cut = 1; cut < text.Length; cut++)
        {
            var scan = Scan();
            var fault = scan.ReadEvent(Event(shape, text[..cut], 0)) ?? scan.ReadEvent(Event(shape, "between", 1)) ?? scan.ReadEvent(Event(shape, text[cut..], 0)) ?? scan.End();
            fault.ShouldNotBeNull($"cut at {cut}").Message.ShouldContain("github");
            fault.Message.ShouldNotContain(Secret);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Texts_of_two_blocks_are_not_read_as_one(string shape)
    {
        var scan = Scan();
        (scan.ReadEvent(Event(shape, Secret[..20], 0)) ?? scan.ReadEvent(Event(shape, Secret[20..], 1)) ?? scan.End()).ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"web_search_tool_result","content":[{"title":"SECRET"}]}}""")]
    [InlineData("""{"type":"response.output_text.done","text":"SECRET"}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"SECRET","arguments":""}}]}}]}""")]
    [InlineData("""{"delta":{"deep":[[[[[[[[[[[[[[[[[[[["SECRET"]]]]]]]]]]]]]]]]]]]]}}""")]
    [InlineData("""{"broken":"SECRET""")]
    public void A_credential_in_one_event_is_found_wherever_it_stands(string json)
    {
        var scan = Scan();
        (scan.ReadEvent(Encoding.UTF8.GetBytes($"data: {json.Replace("SECRET", Secret, StringComparison.Ordinal)}\n\n")) ?? scan.End()).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("/v1/messages", true)]
    [InlineData("/v1/messages", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/responses", true)]
    [InlineData("/v1/responses", false)]
    public async Task An_answer_ends_before_the_credential_and_its_row_says_why(string door, bool stream)
    {
        // The first door passes bytes, the others convert.
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, $"Take {Secret} for it."));
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, door, stream);

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldNotContain(Secret);
        text.ShouldContain("a credential (github");
        // Not a part of it, in whatever pieces.
        for (var at = 4; at < Secret.Length - 5; at++) text.ShouldNotContain(Secret.Substring(at, 5));
        response.StatusCode.ShouldBe(stream ? HttpStatusCode.OK : door == "/v1/responses" ? HttpStatusCode.BadRequest : HttpStatusCode.UnavailableForLegalReasons);
        var row = gateway.Audit.Settled;
        (row.Status, row.Error).ShouldBe((CallStatus.Refused, "answer_refused"));
        row.Findings.ShouldHaveSingleItem().Remark!.ShouldNotContain(Secret);
        row.Usage.Input.ShouldBe(7);
        row.UsageUnknown.ShouldBeFalse();
    }

    [Theory]
    [InlineData(SecretAnswerAction.Warn, PolicyMode.Enforce, PolicyOutcome.Warn, false)]
    [InlineData(SecretAnswerAction.Refuse, PolicyMode.Observe, PolicyOutcome.Deny, true)]
    public async Task What_only_remarks_or_observes_lets_every_byte_pass(SecretAnswerAction action, PolicyMode mode, PolicyOutcome outcome, bool observed)
    {
        var sent = "";
        await using var gateway = await GatewayFixture.StartAsync(answer: async context => sent = await AnswerAsync(context, $"Take {Secret} for it."));
        gateway.Policies.Readers = [Link(new SecretScanSettings { Answers = action }, mode)];

        using var response = await AskAsync(gateway, "/v1/messages", stream: true);

        (await response.Content.ReadAsStringAsync()).ShouldBe(sent);
        gateway.Audit.Settled.Status.ShouldBe(CallStatus.Completed);
        var found = gateway.Audit.Settled.Findings.ShouldHaveSingleItem();
        (found.Outcome, found.Observed).ShouldBe((outcome, observed));
    }

    [Fact]
    public async Task An_answer_that_nobody_objects_to_passes_byte_for_byte()
    {
        var sent = "";
        await using var gateway = await GatewayFixture.StartAsync(answer: async context => sent = await AnswerAsync(context, "Take the key under the mat."));
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, "/v1/messages", stream: true);

        (await response.Content.ReadAsStringAsync()).ShouldBe(sent);
        gateway.Audit.Settled.Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Take ghp_short and go.")]
    [InlineData("ghp_")]
    [InlineData("The password = is asked for later, and a token, and an api key.")]
    public async Task What_only_begins_like_a_credential_is_not_lost(string answer)
    {
        var sent = "";
        await using var gateway = await GatewayFixture.StartAsync(answer: async context => sent = await AnswerAsync(context, answer));
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, "/v1/messages", stream: true);
        (await response.Content.ReadAsStringAsync()).ShouldBe(sent);
        using var converted = await AskAsync(gateway, "/v1/chat/completions", stream: true);
        var words = string.Concat((await converted.Content.ReadAsStringAsync()).Split("data: ").Where(line => line.StartsWith('{')).SelectMany(line => JsonElement.Parse(line).GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var piece) ? piece.GetString() : ""));
        words.ShouldBe(answer);
    }

    [Theory]
    [InlineData("/v1/messages", true)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/messages", false)]
    [InlineData("/v1/chat/completions", false)]
    public async Task A_stream_that_breaks_within_a_credential_gives_nothing_of_it(string door, bool says)
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n");
            await context.Response.WriteAsync("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");
            foreach (var text in new[] { "Take it: ", Secret[..30] })
                await context.Response.WriteAsync("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}}\n\n");
            if (says) await context.Response.WriteAsync("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n");
        });
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, door, stream: true);

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("Take it: ");
        text.ShouldNotContain(Secret[4..12]);
        gateway.Audit.Settled.Status.ShouldBe(CallStatus.Failed);
    }

    [Fact]
    public async Task A_reader_that_fails_refuses_the_answer_and_keeps_its_words_to_itself()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, "Hello."));
        gateway.Policies.Readers = [new("broken", 1, PolicyMode.Enforce, new Broken())];

        using var response = await AskAsync(gateway, "/v1/messages", stream: false);

        response.StatusCode.ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("inner detail");
    }

    [Fact]
    public async Task The_echo_models_answer_is_read_too()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        foreach (var door in new[] { "/v1/messages", "/v1/chat/completions", "/v1/responses" })
            foreach (var stream in new[] { true, false })
            {
                using var response = await AskAsync(gateway, door, stream, "echo", $"Take {Secret} for it.");
                var text = await response.Content.ReadAsStringAsync();
                for (var at = 4; at < Secret.Length - 5; at++) text.ShouldNotContain(Secret.Substring(at, 5), customMessage: $"{door} {stream}");
                text.ShouldContain("a credential (github");
            }
    }

    [Fact]
    public void An_answer_of_endless_blocks_is_refused_where_it_can_no_longer_be_read_as_a_whole()
    {
        var scan = Scan();
        GatewayFault? fault = null;
        var block = 0;
        while (fault is null && block < 5000) fault = scan.ReadEvent(Event("messages", "a piece", block++));

        fault.ShouldNotBeNull().Message.ShouldContain("more texts");
        block.ShouldBeGreaterThan(128);
        scan.OpenTexts.ShouldBeLessThanOrEqualTo(1024);
    }

    [Fact]
    public void An_answer_of_endless_blocks_is_remarked_on_once_and_read_with_bounded_memory()
    {
        var scan = Scan(SecretAnswerAction.Warn);
        for (var block = 0; block < 5000; block++) scan.ReadEvent(Event("messages", "a piece", block)).ShouldBeNull();
        scan.Findings.ShouldHaveSingleItem().Remark!.ShouldContain("more texts");
        scan.OpenTexts.ShouldBeLessThanOrEqualTo(1024);

        scan.ReadEvent(Event("messages", $"Take {Secret} for it.", 6000)).ShouldBeNull();
        scan.Findings[^1].Remark!.ShouldContain("github");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chat tool")]
    public void A_credential_cut_over_two_events_is_found_in_any_of_128_choices(string shape)
    {
        foreach (var choice in (int[])[0, 63, 64, 127])
        {
            var scan = Scan();
            for (var other = 0; other < 128; other++) scan.ReadEvent(Event(shape, "This is it: ", other)).ShouldBeNull();
            var fault = scan.ReadEvent(Event(shape, Secret[..20], choice)) ?? scan.ReadEvent(Event(shape, "between", 1)) ?? scan.ReadEvent(Event(shape, Secret[20..], choice)) ?? scan.End();
            fault.ShouldNotBeNull($"choice {choice}").Message.ShouldContain("github");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_credential_that_is_cut_where_another_choice_ends_is_found(bool done)
    {
        await using var gateway = await GatewayFixture.StartAsync(
            settings => settings with { Providers = new Dictionary<string, ProviderSettings> { ["chat"] = OtherVendor.Chat(settings.Providers["anthropic"].Endpoint!) } },
            answer: async context =>
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.Body.WriteAsync(Event("chat", $"Take {Secret[..20]}", 0));
                await context.Response.Body.WriteAsync(Event("chat", "Hello.", 1));
                await context.Response.WriteAsync("data: {\"id\":\"c\",\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
                await context.Response.Body.WriteAsync(Event("chat", $"{Secret[20..]} for it.", 0));
                await context.Response.WriteAsync("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
                // Some servers close without it.
                if (done) await context.Response.WriteAsync("data: [DONE]\n\n");
            });
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, "/v1/chat/completions", stream: true, "gpt-ferry");

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("a credential (github");
        for (var at = 4; at < Secret.Length - 5; at++) text.ShouldNotContain(Secret.Substring(at, 5));
        text.ShouldNotContain("\"finish_reason\":\"stop\"");
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Error).ShouldBe((CallStatus.Refused, "answer_refused"));
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    public async Task Nothing_of_a_password_leaves_before_it_is_known_for_one(string door)
    {
        const string password = "w7Xk" + "92qLb" + "V4";
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, $"The password: {password} opens the door."));
        gateway.Policies.Readers = [Link(new SecretScanSettings())];

        using var response = await AskAsync(gateway, door, stream: true);

        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("The pas");
        text.ShouldContain("a credential (password)");
        for (var at = 0; at <= password.Length - 3; at++) text.ShouldNotContain(password.Substring(at, 3));
        gateway.Audit.Settled.Status.ShouldBe(CallStatus.Refused);
    }

    private static AnswerScan Scan(SecretAnswerAction answers = SecretAnswerAction.Refuse) =>
        new(AnswerGuard.Of([Link(new SecretScanSettings { Answers = answers })], Call, NullLogger.Instance)!);

    private static PolicyCall Call => new() { Id = Guid.NewGuid(), Door = PolicyDoor.Model, Principal = Principal.Anonymous, ReceivedAt = DateTimeOffset.UnixEpoch, Content = "{}"u8.ToArray() };

    private static PolicyChain.Link Link(SecretScanSettings settings, PolicyMode mode = PolicyMode.Enforce) => new("secret_scan", 200, mode, new SecretScanPolicy(settings));

    private static byte[] Event(string shape, string text, int block)
    {
        var piece = JsonSerializer.Serialize(text);
        var data = shape switch
        {
            "messages" => $$$"""{"type":"content_block_delta","index":{{{block}}},"delta":{"type":"text_delta","text":{{{piece}}}}}""",
            "messages tool" => $$$"""{"type":"content_block_delta","index":{{{block}}},"delta":{"type":"input_json_delta","partial_json":{{{piece}}}}}""",
            "messages reordered" => $$"""{"delta":{"text":{{piece}},"type":"text_delta"},"type":"content_block_delta","index":{{block}}}""",
            "chat" => $$"""{"id":"c","choices":[{"delta":{"content":{{piece}}},"index":{{block}},"finish_reason":null}]}""",
            "chat tool" => $$$"""{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":{{{block}}},"function":{"arguments":{{{piece}}}}}]}}]}""",
            "responses" => $$"""{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":{{block}},"delta":{{piece}}}""",
            _ => $$"""{"type":"response.function_call_arguments.delta","item_id":"i","delta":{{piece}},"output_index":{{block}}}""",
        };
        return Encoding.UTF8.GetBytes($"data: {data}\n\n");
    }

    private static Task<HttpResponseMessage> AskAsync(GatewayFixture gateway, string door, bool stream, string model = "claude-sonnet-4-5", string content = "hi")
    {
        var words = JsonSerializer.Serialize(content);
        var body = door == "/v1/responses"
            ? $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"input":{{words}}}"""
            : $$"""{"model":"{{model}}","max_tokens":64,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":{{words}}}]}""";
        return gateway.Client.PostAsync(door, new StringContent(body, Encoding.UTF8, "application/json"));
    }

    /// <summary>Anthropic's answer with the text, streamed in pieces of seven characters.</summary>
    private static async Task<string> AnswerAsync(HttpContext context, string text)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body);
        const string usage = "{\"input_tokens\":7,\"output_tokens\":11}";
        const string head = "\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\"";
        if (!request.RootElement.TryGetProperty("stream", out var stream) || !stream.GetBoolean())
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{" + head + ",\"content\":[{\"type\":\"text\",\"text\":" + JsonSerializer.Serialize(text) + "}],\"stop_reason\":\"end_turn\",\"usage\":" + usage + "}");
            return "";
        }

        context.Response.ContentType = "text/event-stream";
        var sent = new StringBuilder();
        await SendAsync("message_start", "{\"type\":\"message_start\",\"message\":{" + head + ",\"content\":[],\"stop_reason\":null,\"usage\":" + usage + "}}");
        await SendAsync("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
        await SendAsync("ping", """{"type":"ping"}""");
        foreach (var piece in text.Chunk(7))
            await SendAsync("content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":" + JsonSerializer.Serialize(new string(piece)) + "}}");
        await SendAsync("content_block_stop", """{"type":"content_block_stop","index":0}""");
        await SendAsync("message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":" + usage + "}");
        await SendAsync("message_stop", """{"type":"message_stop"}""");
        return sent.ToString();

        async Task SendAsync(string name, string data)
        {
            var one = $"event: {name}\ndata: {data}\n\n";
            sent.Append(one);
            await context.Response.WriteAsync(one);
            await context.Response.Body.FlushAsync();
        }
    }

    private sealed class Broken : IAnswerPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(PolicyVerdict.Pass);

        public IAnswerWatch Watch(PolicyCall call) => throw new InvalidOperationException("inner detail");
    }
}
