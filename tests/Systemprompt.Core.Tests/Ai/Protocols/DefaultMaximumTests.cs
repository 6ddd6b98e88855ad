using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>The most tokens that a provider of Anthropic's is asked for on behalf of clients that say none.</summary>
public sealed class DefaultMaximumTests
{
    [Theory]
    [InlineData("claude-3-haiku-20240307", 4096)]
    [InlineData("claude-3-5-haiku-latest", 8192)]
    [InlineData("claude-opus-4-1", 32_000)]
    [InlineData("claude-sonnet-4-5-20250929", 32_000)]
    [InlineData("claude-opus-5[1m]", 32_000)]
    [InlineData("someones-model", 4096)]
    public void It_is_what_the_model_can_within_a_bound(string model, long maximum)
    {
        MessagesRequestWriter.DefaultMaximum(model).ShouldBe(maximum);

        Sent("chat", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""").GetProperty("max_tokens").GetInt64().ShouldBe(maximum);
        Sent("responses", $$"""{"model":"{{model}}","input":"x"}""").GetProperty("max_tokens").GetInt64().ShouldBe(maximum);
    }

    [Fact]
    public void What_the_client_says_goes_before_it() =>
        Sent("chat", """{"model":"claude-sonnet-4-5","max_tokens":99,"messages":[{"role":"user","content":"x"}]}""").GetProperty("max_tokens").GetInt64().ShouldBe(99);

    [Theory]
    [InlineData("claude-sonnet-4-5", "low", 32_000, 2048)]
    [InlineData("claude-opus-4-1", "xhigh", 32_000, 16_000)]
    [InlineData("someones-model", "high", 4096 + 16_384, 16_384)]
    public void Thinking_fits_into_it_and_leaves_room_for_the_answer(string model, string effort, long maximum, long budget)
    {
        var sent = Sent("chat", $$"""{"model":"{{model}}","reasoning_effort":"{{effort}}","messages":[{"role":"user","content":"x"}]}""");

        sent.GetProperty("max_tokens").GetInt64().ShouldBe(maximum);
        sent.GetProperty("thinking").GetProperty("budget_tokens").GetInt64().ShouldBe(budget);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("someones-model")]
    [InlineData("claude-opus-9")]
    public void No_effort_comes_to_more_than_budgets_are_told(string model)
    {
        string[] efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

        efforts.Max(effort => Sent("chat", $$"""{"model":"{{model}}","reasoning_effort":"{{effort}}","messages":[{"role":"user","content":"x"}]}""").GetProperty("max_tokens").GetInt64())
            .ShouldBe(MessagesRequestWriter.MostAsked(model));
    }

    private static JsonElement Sent(string client, string body) =>
        JsonElement.Parse(Bench.Request(Bench.Providers["messages"], Bench.Clients[client].ReadRequest(Bench.Bytes(body)), CacheMarks.Refuse));
}
