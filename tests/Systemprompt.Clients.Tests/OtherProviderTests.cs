using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Clients.Tests;

/// <summary>Claude Code in front of a server that speaks OpenAI's Chat Completions, as vLLM and Ollama do.</summary>
public sealed class OtherProviderTests : IAsyncLifetime
{
    private StubServer? _stub;
    private TestDatabase? _database;
    private PublishedHost? _host;

    public async Task InitializeAsync()
    {
        _stub = await StubServer.StartAsync(new StubOptions { Key = "none", Answer = AnswerAsync });
        _database = await TestDatabase.CreateAsync();
        var profile = await File.ReadAllTextAsync(Path.Combine(PublishedFile.Solution, "profiles/production/profile.yaml"));
        _host = await PublishedHost.StartAsync(_database, new HostOptions
        {
            Profile = "inside",
            Profiles = new Dictionary<string, string>
            {
                ["inside"] = profile.Replace(
                    "    echo:\n      wire: echo\n",
                    $$"""
                        inside:
                          wire: openai_chat
                          endpoint: {{_stub.Address}}/v1
                          keyless: true
                          cache_marks: ignore
                          models: [qwen3-coder]
                          prices:
                            qwen3-coder: { input: 1000000, output: 2000000 }
                        echo:
                          wire: echo

                    """,
                    StringComparison.Ordinal),
            },
        });
    }

    public async Task DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        if (_stub is not null) await _stub.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    [Fact]
    public async Task It_runs_the_tool_that_such_a_model_calls_and_every_call_is_priced()
    {
        using var claude = new ClaudeCode { Url = _host!.Address.ToString().TrimEnd('/'), Token = await _host.TokenAsync(subject: "cc-inside") };

        var answer = await claude.AskAsync("make the ferry", model: "qwen3-coder");

        answer.Run.ExitCode.ShouldBe(0, answer.Run.Output + answer.Run.Error);
        claude.Made("ferry made").ShouldBeTrue(answer.Result);
        answer.Result.ShouldBe("The ferry is made ⛴.");
        (await _database!.ColumnAsync<string>($"select concat_ws(' ', provider, status, stop_reason, input_tokens, output_tokens, cost_microdollars) from ai.requests where session_id = '{answer.SessionId}' order by created_at, id"))
            .ShouldBe(["inside completed tool_use 50 7 64", "inside completed end_turn 50 7 64"]);
    }

    // A call of the tool in pieces, cut where a word and a character are not over; then, once the tool has answered, a text.
    private static async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var last = body.RootElement.GetProperty("messages").EnumerateArray().Last();
        context.Response.ContentType = "text/event-stream";
        string[] deltas = last.GetProperty("role").GetString() == "tool"
            ? ["""{"role":"assistant","content":"The ferry "}""", """{"content":"is made ⛴."}"""]
            :
            [
                """{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"Bash","arguments":""}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"{\"comm"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"and\":\"touch 'ferry made'\",\"description\":\"make it\"}"}}]}""",
            ];
        foreach (var delta in deltas) await SendAsync(context, $$"""[{"index":0,"delta":{{delta}},"finish_reason":null}]""", "null");
        await SendAsync(context, $$"""[{"index":0,"delta":{},"finish_reason":"{{(deltas.Length == 2 ? "stop" : "tool_calls")}}"}]""", "null");
        await SendAsync(context, "[]", """{"prompt_tokens":50,"completion_tokens":7,"total_tokens":57}""");
        await context.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static async Task SendAsync(HttpContext context, string choices, string usage)
    {
        await context.Response.WriteAsync($$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"qwen3-coder","choices":{{choices}},"usage":{{usage}}}""" + "\n\n");
        await context.Response.Body.FlushAsync();
    }
}
