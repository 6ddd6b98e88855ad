using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>Thinking that another kind of provider signed does not go to Anthropic, and nothing else of the body changes.</summary>
public sealed class ForeignThinkingTests
{
    private const string Own = """{"type":"thinking","thinking":"mine","signature":"EqQB=="}""";
    private const string Chat = """{"type":"thinking","thinking":"a","signature":"chat:reasoning"}""";
    private const string Redacted = """{"type":"redacted_thinking","data":"gemini:abc"}""";
    private const string Text = """{"type":"text","text":"he said \"chat:reasoning\" [x], {y}"}""";
    private const string Instead = """{"type":"text","text":"(thinking of another model)"}""";

    [Theory]
    [InlineData($"{Chat}, {Text}", Text)]
    [InlineData($"{Text} ,{Chat}", Text)]
    [InlineData($"{Text}, {Chat} , {Redacted}", Text)]
    [InlineData($"{Chat},{Own},{Redacted},{Text}", $"{Own},{Text}")]
    [InlineData($" {Chat} , {Redacted} ", $" {Instead} ")]
    [InlineData($"{Own}, {Text}", $"{Own}, {Text}")]
    [InlineData("""{"type":"tool_use","id":"t","name":"n","input":{"type":"thinking","signature":"chat:x"}}""", """{"type":"tool_use","id":"t","name":"n","input":{"type":"thinking","signature":"chat:x"}}""")]
    public void It_is_taken_out_with_its_comma(string content, string left)
    {
        var body = $$"""{"model":"m","messages":[{"role":"user","content":"\"chat:"},{"role":"assistant","content":[{{content}}]}],"x":[{"content":[{{Chat}}]}]}""";

        Without(body).ShouldBe(body.Replace($"[{content}]}}],\"x\"", $"[{left}]}}],\"x\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_stands_in_a_turn_the_rest_is_the_same_json() => Prop.ForAll(
        Gen.Elements(Own, Chat, Redacted, Text).ListOf().Where(blocks => blocks.Count > 0).ToArbitrary(),
        blocks =>
        {
            var body = $$"""{ "messages" : [ {"content" : [ {{string.Join(" , ", blocks)}} ] , "role":"assistant"} ] }""";
            var kept = blocks.Where(block => block is Own or Text).ToList();
            var expected = $$"""{"messages":[{"content":[{{string.Join(',', kept.Count == 0 ? [Instead] : kept)}}],"role":"assistant"}]}""";
            return JsonNode.DeepEquals(JsonNode.Parse(Without(body)), JsonNode.Parse(expected));
        }).QuickCheckThrowOnFailure();

    private static string Without(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var content = new SplicedContent(bytes, [.. ForeignThinking.In(bytes)]);
        return content.ReadAsStringAsync().Result;
    }
}
