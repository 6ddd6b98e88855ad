using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>Who is told how hard to think.</summary>
public sealed class ThinkingModelsTests
{
    [Theory]
    [InlineData("o1", true)]
    [InlineData("o3-mini", true)]
    [InlineData("openai/o4-mini:free", true)]
    [InlineData("gpt-5", true)]
    [InlineData("gpt-5.1-codex", true)]
    [InlineData("GPT-6", true)]
    [InlineData("openai/gpt-5-mini", true)]
    [InlineData("gpt-oss:20b", true)]
    [InlineData("openai/gpt-oss-120b", true)]
    [InlineData("gemini-2.5-flash", true)]
    [InlineData("google/gemini-2.5-pro", true)]
    [InlineData("models/gemini-3-pro-preview", true)]
    [InlineData("gemini-10-pro", true)]
    [InlineData("", false)]
    [InlineData("o", false)]
    [InlineData("o-ferry", false)]
    [InlineData("openai/", false)]
    [InlineData("gpt-", false)]
    [InlineData("gpt-4o", false)]
    [InlineData("gpt-4.1", false)]
    [InlineData("gpt-35-turbo", false)]
    [InlineData("gpt-5-chat-latest", false)]
    [InlineData("gpt-image-1", false)]
    [InlineData("gpt-99999999999", false)]
    [InlineData("gemini-2.0-flash", false)]
    [InlineData("gemini-1.5-pro", false)]
    [InlineData("gemini-2.5-flash-image", false)]
    [InlineData("gemini-2.5-pro-preview-tts", false)]
    [InlineData("gemini-embedding-001", false)]
    [InlineData("llama-3.3-70b-versatile", false)]
    [InlineData("qwen/qwen3-32b", false)]
    [InlineData("claude-opus-4-6", false)]
    public void A_model_is_known_to_think_by_its_name(string model, bool thinks) => ThinkingModels.Think(model).ShouldBe(thinks);

    [Theory]
    [InlineData("gpt-5.2", "xhigh")]
    [InlineData("openai/gpt-5.4-mini", "xhigh")]
    [InlineData("gpt-5.1-codex-max", "xhigh")]
    [InlineData("gpt-6", "xhigh")]
    [InlineData("gpt-5", "high")]
    [InlineData("gpt-5.1", "high")]
    [InlineData("o3", "high")]
    [InlineData("gpt-oss-120b", "high")]
    [InlineData("gemini-2.5-pro", "high")]
    public void Nobody_is_told_to_think_harder_than_it_has_a_word_for(string model, string word)
    {
        foreach (var effort in (string[])["xhigh", "max"])
            foreach (var provider in (string[])["chat", "responses"])
                Written(provider, Request(model) with { Thinking = new ChatThinking(false, null, effort) }).ShouldMatch($"effort\": ?\"{word}\"");
        Written("chat", Request(model) with { Thinking = new ChatThinking(false, null, "max"), ThinkingMode = ThinkingMode.Send }).ShouldMatch("effort\": ?\"xhigh\"");
    }

    [Theory]
    [InlineData("gpt-5.4", null)]
    [InlineData("gpt-5.4-mini", null)]
    [InlineData("GPT-5.4-nano-2026-03-17", null)]
    [InlineData("gpt-5.5", "none")]
    [InlineData("gpt-5.6-terra", "none")]
    [InlineData("gpt-5.10", "none")]
    [InlineData("gpt-6-sol", "none")]
    [InlineData("gpt-6-astra", null)]
    [InlineData("gpt-5.2", "high")]
    [InlineData("gpt-5.1", "high")]
    [InlineData("gpt-5", "high")]
    [InlineData("o3", "high")]
    [InlineData("gpt-oss-120b", "high")]
    [InlineData("gemini-2.5-pro", "high")]
    [InlineData("openai/gpt-5.5", "high")]
    [InlineData("gpt-5.5-chat-latest", null)]
    public void With_tools_over_chat_OpenAIs_later_models_are_not_asked_to_think(string model, string? word)
    {
        var request = WithTools(model);

        EffortOf("chat", request).ShouldBe(word);
        // Unasked, those that think by themselves still refuse.
        EffortOf("chat", request with { Thinking = null }).ShouldBe(word == "none" ? "none" : null);
    }

    [Theory]
    [InlineData("gpt-5.4")]
    [InlineData("gpt-5.5")]
    public void They_think_without_tools_over_Responses_and_where_the_profile_says_so(string model)
    {
        EffortOf("chat", Request(model)).ShouldBe("high");
        EffortOf("responses", WithTools(model)).ShouldBe("high");
        EffortOf("chat", WithTools(model) with { ThinkingMode = ThinkingMode.Send }).ShouldBe("high");
        EffortOf("chat", WithTools(model) with { ThinkingMode = ThinkingMode.Ignore }).ShouldBeNull();
    }

    [Theory]
    [InlineData("gpt-5", true)]
    [InlineData("o3", true)]
    [InlineData("gpt-oss-120b", false)]
    [InlineData("gemini-2.5-pro", false)]
    [InlineData("gpt-4o", false)]
    public void Those_that_OpenAI_serves_give_their_thinking_back_unasked(string model, bool asked) =>
        Written("responses", Request(model) with { Thinking = null }).Contains("encrypted_content", StringComparison.Ordinal).ShouldBe(asked);

    [Theory]
    [InlineData("chat", "reasoning_effort", "llama-3.3-70b-versatile", "openai/gpt-oss-120b")]
    [InlineData("responses", "reasoning", "gpt-4o", "gpt-5")]
    [InlineData("gemini", "thinkingConfig", "gemini-2.0-flash", "gemini-2.5-pro")]
    public void A_model_that_does_not_think_is_told_nothing_unless_the_profile_says_so(string provider, string word, string plain, string thinker)
    {
        Written(provider, Request(plain)).ShouldNotContain(word);
        Written(provider, Request(thinker)).ShouldContain(word);
        Written(provider, Request(plain) with { ThinkingMode = ThinkingMode.Send }).ShouldContain(word);
        Written(provider, Request(thinker) with { ThinkingMode = ThinkingMode.Ignore }).ShouldNotContain(word);
    }

    [Fact]
    public void Claude_and_chat_clients_are_told_unless_the_profile_says_so()
    {
        var request = Request("claude-opus-4-6");

        Written("messages", request).ShouldContain("adaptive");
        Written("messages", request with { ThinkingMode = ThinkingMode.Ignore }).ShouldNotContain("adaptive");
        ClientRequest.Of(request).Options.Reasoning.ShouldNotBeNull();
        ClientRequest.Of(request with { ThinkingMode = ThinkingMode.Ignore }).Options.Reasoning.ShouldBeNull();
    }

    private static ChatRequest Request(string model) => new() { Model = model, Turns = [new ChatTurn(ChatRole.User, [new TextBlock("x")])], Thinking = new ChatThinking(false, null, "high") };

    private static ChatRequest WithTools(string model) => Request(model) with { Tools = [new ChatTool("read", null, ChatWords.NoInput, null)] };

    private static string? EffortOf(string provider, ChatRequest request)
    {
        var root = JsonElement.Parse(Written(provider, request));
        if (provider == "responses") return root.GetProperty("reasoning").GetProperty("effort").GetString();
        return root.TryGetProperty("reasoning_effort", out var effort) ? effort.GetString() : null;
    }

    private static string Written(string provider, ChatRequest request) => Bench.Request(Bench.Providers[provider], request, CacheMarks.Refuse);
}
