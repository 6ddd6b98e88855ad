using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>Marks of prompt caching are lost nowhere: what is not kept is refused by its place.</summary>
public sealed class CacheMarkTests
{
    private const string Mark = "\"cache_control\":{\"type\":\"ephemeral\"}";

    public static TheoryData<string, string, string> Places => new()
    {
        { "messages", $$"""{"model":"m",{{Mark}},"messages":[{"role":"user","content":"x"}]}""", "cache_control" },
        { "messages", $$"""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","input":{},"id":"c","name":"f"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"x",{{Mark}}}]}]}]}""", "messages[1].content[0].content[0].cache_control" },
        { "messages", $$"""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{},{{Mark}}}]}]}""", "messages[0].content[0].cache_control" },
        { "chat", $$"""{"model":"m",{{Mark}},"messages":[{"role":"user","content":"x"}]}""", "cache_control" },
        { "chat", $$"""{"model":"m","messages":[{"role":"system","content":"s",{{Mark}}},{"role":"user","content":"x"}]}""", "messages[0].cache_control" },
        { "chat", $$"""{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"x",{{Mark}}}]}""", "messages[1].cache_control" },
        { "chat", $$"""{"model":"m","messages":[{"role":"assistant","content":"x",{{Mark}}}]}""", "messages[0].cache_control" },
        { "chat", $$"""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f"},{{Mark}}}]}]}""", "messages[0].tool_calls[0].cache_control" },
        { "chat", $$"""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"},"type":"function","id":"c"}]},{"role":"tool","tool_call_id":"c","content":"x",{{Mark}}}]}""", "messages[1].cache_control" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_mark_is_refused_by_the_place_where_the_client_put_it(string client, string body, string place)
    {
        var request = Bench.Clients[client].ReadRequest(Bench.Bytes(body));

        foreach (var provider in new[] { "responses", "gemini" })
        {
            Should.Throw<ConversionException>(() => Bench.Request(Bench.Providers[provider], request, CacheMarks.Refuse)).Message.ShouldStartWith(place + ": ");
            Bench.Request(Bench.Providers[provider], request, CacheMarks.Ignore).ShouldNotContain("cache_control");
        }

        Bench.Request(Bench.Providers["chat"], request, CacheMarks.Keep).ShouldContain("cache_control");
        Bench.Request(Bench.Providers["messages"], request, CacheMarks.Refuse).ShouldContain("cache_control");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public void A_mark_on_the_call_stays_on_the_call(string provider)
    {
        var request = Bench.Clients["messages"].ReadRequest(Bench.Bytes("""{"model":"m","cache_control":{"type":"ephemeral","ttl":"1h"},"messages":[{"role":"user","content":"x"}]}"""));

        var written = JsonElement.Parse(Bench.Request(Bench.Providers[provider], request, CacheMarks.Keep));

        written.GetProperty("cache_control").GetProperty("ttl").GetString().ShouldBe("1h");
    }
}
