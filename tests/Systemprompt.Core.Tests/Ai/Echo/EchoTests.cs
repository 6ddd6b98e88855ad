using System.Text;
using System.Text.Json;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>What the built-in model answers, as a body and as a stream.</summary>
public sealed class EchoTests
{
    private const string Block = """{"type":"text","text":"/tool Bash {\"command\":\"ls\"}"}""";

    [Theory]
    [InlineData("\"hello\"", "hello")]
    [InlineData("[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"image\"},{\"type\":\"text\",\"text\":\"two\"}]", "one\ntwo")]
    [InlineData("[{\"type\":\"text\",\"text\":\"<system-reminder>be nice</system-reminder>\"},{\"type\":\"text\",\"text\":\"hi<system-reminder>x</system-reminder> there\"}]", "hi there")]
    [InlineData("\"<system-reminder>never closed\"", "<system-reminder>never closed")]
    [InlineData("\"<system-reminder></system-reminder>\"", "(no user text to echo)")]
    [InlineData("[]", "(no user text to echo)")]
    [InlineData("7", "(no user text to echo)")]
    [InlineData("[7,{\"type\":\"\\ud800\",\"\\ud800abcdefgh\":1},{\"type\":\"text\",\"text\":8},{\"type\":\"t\\u0065xt\",\"text\":\"a\\ud800b\"}]", "a\uFFFDb")]
    [InlineData("[{\"type\":\"tool_result\",\"content\":\"4 files\"}]", "The tool said: 4 files")]
    [InlineData("[{\"type\":\"tool_result\",\"is_error\":true,\"content\":[{\"type\":\"text\",\"text\":\"denied\"}]}]", "The tool failed: denied")]
    [InlineData("\"/tool Bash not json\"", "/tool Bash not json")]
    [InlineData("\"/tool Bash {\\\"a\\\":}\"", "/tool Bash {\"a\":}")]
    [InlineData("\"/tool Bash [1]\"", "/tool Bash [1]")]
    [InlineData("\"say /tool Bash {}\"", "say /tool Bash {}")]
    [InlineData("\"Grüße, 世界 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉 \\\"quoted\\\" \\\\ \\u0000 end\"", "Grüße, 世界 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉 \"quoted\" \\ \0 end")]
    public async Task The_last_user_text_comes_back_the_same_in_a_body_and_in_a_stream(string content, string text)
    {
        var answer = await AskAsync(content, stream: false);
        var streamed = await AskAsync(content, stream: true);

        answer.Text.ShouldBe(text);
        answer.StopReason.ShouldBe("end_turn");
        streamed.ShouldBe(answer);
    }

    [Theory]
    [InlineData("[" + Block + "]", "Bash", """{"command":"ls"}""")]
    [InlineData("\"/tool Read\"", "Read", "{}")]
    [InlineData("\"/tool Read {}\"", "Read", "{}")]
    [InlineData("\"please do this:\\n/tool Read {\\\"p\\\":[1]}\"", "Read", """{"p":[1]}""")]
    [InlineData("\"please\\r\\n/tool Read\\r\\n{}\"", "Read", "{}")]
    [InlineData("\"/tool mcp__x__y{\\\"a\\\":\\\"🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉\\\"}\"", "mcp__x__y", """{"a":"🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉"}""")]
    public async Task A_line_that_asks_for_a_tool_becomes_its_call(string content, string tool, string input)
    {
        var answer = await AskAsync(content, stream: false);
        var streamed = await AskAsync(content, stream: true);

        (answer.Tool, answer.Text, answer.StopReason).ShouldBe((tool, input, "tool_use"));
        streamed.ShouldBe(answer);
    }

    [Theory]
    [InlineData("\"aaaaaaaabbbb\"", 2, "aaaaaaaa")]
    [InlineData("\"aaaaaaa🎉b\"", 2, "aaaaaaa")]
    public async Task An_answer_is_cut_at_max_tokens_between_characters(string content, int tokens, string text)
    {
        var answer = await AskAsync(content, stream: false, tokens);
        var streamed = await AskAsync(content, stream: true, tokens);

        (answer.Text, answer.StopReason, answer.Output).ShouldBe((text, "max_tokens", tokens));
        streamed.ShouldBe(answer);
    }

    [Theory]
    [InlineData(1999)]
    [InlineData(2000)]
    public async Task A_long_result_of_a_tool_is_cut_between_characters(int length)
    {
        var content = $$"""[{"type":"tool_result","content":"{{new string('x', length)}}🎉🎉"}]""";

        var answer = await AskAsync(content, stream: false);

        answer.Text.ShouldBe($"The tool said: {new string('x', length)}…");
        (await AskAsync(content, stream: true)).ShouldBe(answer);
    }

    [Fact]
    public async Task Its_row_has_the_tokens_it_says_and_every_byte_it_sent()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("echo", stream: true, content: "12345678"));
        var bytes = await response.Content.ReadAsByteArrayAsync();

        var row = gateway.Audit.Settled;
        (row.Usage.Input, row.Usage.Output, row.Cost, row.ResponseBytes, row.StopReason).ShouldBe((2, 2, 12, bytes.Length, "end_turn"));
    }

    private static async Task<Answer> AskAsync(string content, bool stream, int tokens = 4096)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var body = $$"""
            {"model":"echo","max_tokens":{{tokens}},"stream":{{(stream ? "true" : "false")}},"system":[{"type":"text","text":"be brief"}],
             "messages":[{"role":"user","content":"first"},{"role":"assistant","content":"yes"},{"role":"user","content":{{content}}},{"role":"system","content":"late"}, 3]}
            """;
        using var response = await gateway.SendAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return stream ? Streamed(text) : Whole(JsonElement.Parse(text));
    }

    private static Answer Whole(JsonElement message)
    {
        var block = message.GetProperty("content")[0];
        var isTool = block.GetProperty("type").GetString() == "tool_use";
        return new Answer(
            isTool ? block.GetProperty("name").GetString() : null,
            isTool ? block.GetProperty("input").GetRawText() : block.GetProperty("text").GetString()!,
            message.GetProperty("stop_reason").GetString(),
            message.GetProperty("usage").GetProperty("output_tokens").GetInt64());
    }

    private static Answer Streamed(string stream)
    {
        var events = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => JsonElement.Parse(one[(one.IndexOf("data: ", StringComparison.Ordinal) + 6)..])).ToList();
        events[^1].GetProperty("type").GetString().ShouldBe("message_stop");
        var block = events.Single(one => one.GetProperty("type").GetString() == "content_block_start").GetProperty("content_block");
        var end = events.Single(one => one.GetProperty("type").GetString() == "message_delta");
        var text = new StringBuilder();
        foreach (var delta in events.Where(one => one.GetProperty("type").GetString() == "content_block_delta").Select(one => one.GetProperty("delta")))
            text.Append(delta.GetProperty(delta.GetProperty("type").GetString() == "text_delta" ? "text" : "partial_json").GetString());
        return new Answer(
            block.TryGetProperty("name", out var name) ? name.GetString() : null,
            text.ToString(),
            end.GetProperty("delta").GetProperty("stop_reason").GetString(),
            end.GetProperty("usage").GetProperty("output_tokens").GetInt64());
    }

    /// <summary>A text, or a tool with its input.</summary>
    private sealed record Answer(string? Tool, string Text, string? StopReason, long Output);
}
