using System.Text.Json;

namespace Systemprompt.Clients.Tests;

/// <summary>Clients of OpenAI's two formats against the published file.</summary>
public sealed class OpenAiClientTests(Gateway gateway) : IClassFixture<Gateway>
{
    private const string Said = "say pineapple, and say it so long that it comes in pieces 🍍";

    [Fact]
    public async Task OpenAIs_library_chats_streams_runs_tools_and_lists_models()
    {
        using var client = await ClientAsync("oa-library");

        var results = await client.OpenAiAsync();

        Text(results, "chat").ShouldBe(Said);
        Text(results, "chatStream").ShouldBe(Said);
        results.GetProperty("chatStream").GetProperty("inPieces").GetBoolean().ShouldBeTrue();
        Text(results, "chatTool").ShouldBe("The tool said: 5");
        Text(results, "responses").ShouldBe(Said);
        Text(results, "responsesStream").ShouldBe(Said);
        foreach (var step in new[] { "chat", "chatStream", "responses", "responsesStream" }) results.GetProperty(step).GetProperty("tokens").GetInt64().ShouldBe(30, step);
        results.GetProperty("models").GetProperty("ids").EnumerateArray().Select(id => id.GetString()).ShouldContain("echo");
        var unknown = results.GetProperty("unknownModel");
        (unknown.GetProperty("error").GetString(), unknown.GetProperty("code").GetString()).ShouldBe(("NotFoundError", "model_not_found"));
        Guid.TryParse(unknown.GetProperty("request").GetString(), out _).ShouldBeTrue();
        (await gateway.CallsOfAsync("oa-library")).ShouldBe(["completed 200", "completed 200", "completed 200", "completed 200", "completed 200", "completed 200", "failed 404"]);
    }

    [Fact]
    public async Task Codex_is_answered_and_its_session_is_recorded()
    {
        using var client = await ClientAsync("oa-codex");

        var run = await client.CodexAsync("say kiwi");

        run.ExitCode.ShouldBe(0, run.Output + run.Error);
        var lines = run.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonElement.Parse(line)).ToList();
        lines.ShouldContain(line => Is(line, "turn.completed"));
        lines.Where(line => Is(line, "item.completed")).Select(line => line.GetProperty("item")).ShouldContain(item => item.GetProperty("type").GetString() == "agent_message" && item.GetProperty("text").GetString()!.EndsWith("say kiwi", StringComparison.Ordinal));
        var thread = lines.First(line => Is(line, "thread.started")).GetProperty("thread_id").GetString();
        (await gateway.Database.ColumnAsync<string>("select concat_ws(' ', status, session_id) from ai.requests where user_id = 'oa-codex'")).ShouldBe([$"completed {thread}"]);
    }

    [Theory]
    [InlineData("openai-completions")]
    [InlineData("anthropic-messages")]
    public async Task Pi_is_answered_in_both_of_its_formats(string format)
    {
        using var client = await ClientAsync($"oa-pi-{format}");

        var run = await client.PiAsync(format, "say mango");

        run.ExitCode.ShouldBe(0, run.Output + run.Error);
        run.Output.Trim().ShouldBe("say mango");
        (await gateway.CallsOfAsync($"oa-pi-{format}")).ShouldBe(["completed 200"]);
    }

    private static bool Is(JsonElement line, string type) => line.GetProperty("type").GetString() == type;

    private static string? Text(JsonElement results, string step)
    {
        var result = results.GetProperty(step);
        return result.TryGetProperty("text", out var text) ? text.GetString() : result.GetRawText();
    }

    private async Task<NodeClients> ClientAsync(string user) => new() { Url = gateway.Url, Token = await gateway.Host.TokenAsync(subject: user) };
}
