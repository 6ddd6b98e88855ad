using System.Net;
using System.Text.Json;
using Systemprompt.Ai;
using Abstractions = Microsoft.Extensions.AI;

namespace Systemprompt.Core.Tests.Ai.ChatClients;

/// <summary>What goes to a chat client and what comes back.</summary>
public sealed class ClientConversionTests : ChatClientBench
{
    [Fact]
    public async Task Tools_thinking_and_results_go_there_and_back()
    {
        Client.Updates =
        [
            ScriptedClient.Update(new Abstractions.TextReasoningContent("Let me see.")),
            ScriptedClient.Update(new Abstractions.TextReasoningContent("") { ProtectedData = "proof==" }),
            ScriptedClient.Update(new Abstractions.FunctionCallContent("inner", "search", null) { InformationalOnly = true }, new Abstractions.FunctionResultContent("inner", "found")),
            ScriptedClient.Update(new Abstractions.FunctionCallContent("call-1", "tide", new Dictionary<string, object?> { ["port"] = "Oban", ["days"] = 2, ["at"] = JsonElement.Parse("""{"hour":6}""") })),
            ScriptedClient.Update(new Abstractions.FunctionCallContent("call-2", "now", null)),
            new() { FinishReason = Abstractions.ChatFinishReason.ToolCalls },
        ];
        await using var gateway = await StartAsync();

        var message = JsonElement.Parse(await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).Content.ReadAsStringAsync());

        message.GetProperty("stop_reason").GetString().ShouldBe("tool_use");
        var content = message.GetProperty("content");
        content.EnumerateArray().Select(block => block.GetProperty("type").GetString()).ShouldBe(["thinking", "tool_use", "tool_use"]);
        content[1].GetProperty("input").GetRawText().ShouldBe("""{"port":"Oban","days":2,"at":{"hour":6}}""");
        content[2].GetProperty("input").GetRawText().ShouldBe("{}");

        var next = $$$"""
            {"model":"quay","max_tokens":64,"system":"Be brief.","thinking":{"type":"enabled","budget_tokens":4096},"tool_choice":{"type":"any"},
             "tools":[{"name":"tide","description":"Tides.","input_schema":{"type":"object","properties":{"port":{"type":"string"} } } },{"name":"now","input_schema":{"type":"object"}}],
             "messages":[{"role":"user","content":[{"type":"text","text":"When?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},
                         {"role":"assistant","content":{{{content.GetRawText()}}}},
                         {"role":"user","content":[{"type":"tool_result","tool_use_id":"call-1","content":"at six"},{"type":"tool_result","tool_use_id":"call-2","is_error":true,"content":"no clock"},{"type":"text","text":"Go on."}]}]}
            """;
        (await PostAsync(gateway, "/v1/messages", next)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var (messages, options) = Client.Asked.Last();
        messages.Select(each => each.Role.Value).ShouldBe(["system", "user", "assistant", "tool", "user"]);
        messages[1].Contents[1].ShouldBeOfType<Abstractions.DataContent>().Data.ToArray().ShouldBe("hi"u8.ToArray());
        var thinking = messages[2].Contents[0].ShouldBeOfType<Abstractions.TextReasoningContent>();
        (thinking.Text, thinking.ProtectedData).ShouldBe(("Let me see.", "proof=="));
        var call = messages[2].Contents[1].ShouldBeOfType<Abstractions.FunctionCallContent>();
        (call.CallId, call.Name, call.Arguments!["port"]!.ToString(), messages[2].Contents[2].ShouldBeOfType<Abstractions.FunctionCallContent>().Arguments!.Count).ShouldBe(("call-1", "tide", "Oban", 0));
        var results = messages[3].Contents.Cast<Abstractions.FunctionResultContent>().ToList();
        results.Select(result => (result.CallId, (string)result.Result!, result.Exception is null)).ShouldBe([("call-1", "at six", true), ("call-2", "The tool failed:\nno clock", false)]);
        (options.ModelId, options.MaxOutputTokens, options.ToolMode, options.Reasoning!.Effort).ShouldBe(("quay", 64, Abstractions.ChatToolMode.RequireAny, Abstractions.ReasoningEffort.Low));
        var tool = options.Tools![0].ShouldBeAssignableTo<Abstractions.AIFunctionDeclaration>()!;
        (tool.Name, tool.Description, tool.JsonSchema.GetProperty("properties").GetProperty("port").GetProperty("type").GetString()).ShouldBe(("tide", "Tides.", "string"));
    }

    [Fact]
    public async Task Images_and_documents_go_by_their_bytes_or_their_address_and_broken_ones_are_refused()
    {
        await using var gateway = await StartAsync();
        static string Message(string content) => $$$"""{"model":"quay","max_tokens":8,"messages":[{"role":"user","content":[{{{content}}}]},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t","input":[1]}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}]}]}""";

        (await PostAsync(gateway, "/v1/messages", Message("""{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},{"type":"document","title":"tides.pdf","source":{"type":"base64","media_type":"application/pdf","data":"aGk="}}"""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var broken = await PostAsync(gateway, "/v1/messages", Message("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%%%"}}"""));
        using var nowhere = await PostAsync(gateway, "/v1/messages", Message("""{"type":"image","source":{"type":"url","url":"a.png"}}"""));

        var messages = Client.Asked.ShouldHaveSingleItem().Messages;
        var image = messages[0].Contents[0].ShouldBeOfType<Abstractions.UriContent>();
        (image.Uri.ToString(), image.MediaType).ShouldBe(("https://example.com/a.png", "image/*"));
        var document = messages[0].Contents[1].ShouldBeOfType<Abstractions.DataContent>();
        (document.MediaType, document.Name, document.Data.Length).ShouldBe(("application/pdf", "tides.pdf", 2));
        // What is no object reaches the model in one.
        messages[1].Contents[0].ShouldBeOfType<Abstractions.FunctionCallContent>().Arguments!["_raw"].ShouldBe("[1]");
        var result = messages[2].Contents[0].ShouldBeOfType<Abstractions.FunctionResultContent>().Result.ShouldBeAssignableTo<IEnumerable<Abstractions.AIContent>>()!;
        result.Select(part => part.GetType().Name).ShouldBe(["TextContent", "DataContent"]);
        (broken.StatusCode, nowhere.StatusCode).ShouldBe((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Structured_output_and_what_only_tunes_reach_theClient()
    {
        await using var gateway = await StartAsync();
        const string body = """
            {"model":"quay","messages":[{"role":"user","content":"hi"}],"max_tokens":7,"temperature":0.5,"top_p":0.25,"stop":["END"],"user":"u1","parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"t"}},
             "response_format":{"type":"json_schema","json_schema":{"name":"ferry","strict":true,"schema":{"type":"object","properties":{"at":{"type":"string"}}}}}}
            """;

        (await PostAsync(gateway, "/v1/chat/completions", body)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var options = Client.Asked.ShouldHaveSingleItem().Options;
        var format = options.ResponseFormat.ShouldBeOfType<Abstractions.ChatResponseFormatJson>();
        (format.SchemaName, format.Schema!.Value.GetProperty("type").GetString()).ShouldBe(("ferry", "object"));
        (options.MaxOutputTokens, options.Temperature, options.TopP, options.AllowMultipleToolCalls).ShouldBe((7, 0.5f, 0.25f, false));
        options.StopSequences.ShouldBe(["END"]);
        options.ToolMode.ShouldBe(Abstractions.ChatToolMode.RequireSpecific("t"));
        (options.Tools![0].AdditionalProperties["strict"], options.AdditionalProperties!["strict"], options.AdditionalProperties["EndUserId"]).ShouldBe((true, true, "u1"));
    }

    [Theory]
    [InlineData("length", "max_tokens")]
    [InlineData("content_filter", "refusal")]
    [InlineData("tool_calls", "end_turn")]
    [InlineData("stop_sequence", "stop_sequence")]
    [InlineData("of_its_own", "end_turn")]
    public async Task Stop_reasons_are_the_callers(string finish, string stop)
    {
        Client.Updates = [new(Abstractions.ChatRole.Assistant, "x"), new() { FinishReason = new(finish) }];
        await using var gateway = await StartAsync();

        JsonElement.Parse(await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).Content.ReadAsStringAsync()).GetProperty("stop_reason").GetString().ShouldBe(stop);

        // A client that does not say what it came to: unknown, never 0.
        (gateway.Audit.Settled.UsageUnknown, gateway.Audit.Settled.Cost).ShouldBe((true, null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_said_to_the_caller_is_refused_and_so_is_an_empty_answer(bool empty)
    {
        Client.Updates = empty ? [] : [ScriptedClient.Update(new Abstractions.DataContent("aGk="u8.ToArray(), "image/png"))];
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, "/v1/messages", Body("/v1/messages"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain(empty ? "it is empty" : "it holds DataContent");
    }

    [Fact]
    public async Task An_error_in_the_answer_fails_it_without_its_words()
    {
        Client.Updates = [new(Abstractions.ChatRole.Assistant, "x"), ScriptedClient.Update(new Abstractions.ErrorContent($"no {GatewayFixture.Key}") { ErrorCode = "overloaded" })];
        await using var gateway = await StartAsync();

        var body = await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true))).Content.ReadAsStringAsync();

        body.ShouldContain("the provider's model failed (overloaded)");
        body.ShouldNotContain(GatewayFixture.Key);
        gateway.Audit.Settled.Status.ShouldBe(CallStatus.Failed);
    }

    [Fact]
    public async Task Marks_of_caching_and_documents_without_an_address_are_refused_with_their_place()
    {
        await using var gateway = await StartAsync();

        using var marked = await PostAsync(gateway, "/v1/messages", """{"model":"quay","max_tokens":8,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]}""");
        marked.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await GatewayFixture.ErrorAsync(marked)).Message.ShouldStartWith("messages[0].content[0].cache_control:");
        using var counted = await PostAsync(gateway, "/v1/messages/count_tokens", Body("/v1/messages"));
        counted.StatusCode.ShouldBe(HttpStatusCode.NotImplemented);
        Client.Asked.ShouldBeEmpty();
    }
}
