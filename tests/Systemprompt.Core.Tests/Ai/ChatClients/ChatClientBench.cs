using System.Text;
using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.ChatClients;

/// <summary>A gateway whose provider <c>own</c> is a chat client that does what the test wants.</summary>
public abstract class ChatClientBench
{
    private protected ScriptedClient Client { get; } = new();

    private protected Task<GatewayFixture> StartAsync(Func<ProviderSettings, ProviderSettings>? change = null, IReadOnlyList<string>? route = null, TimeProvider? clock = null) => GatewayFixture.StartAsync(
        settings =>
        {
            var own = new ProviderSettings
            {
                Wire = Wire.ChatClient, Client = "quay", Models = ["quay"],
                Prices = new Dictionary<string, PriceSettings> { ["*"] = new() { Input = 1_000_000, Output = 10_000_000, CacheRead = 100_000 } },
            };
            settings = settings with
            {
                Providers = new Dictionary<string, ProviderSettings> { ["own"] = (change ?? (same => same))(own), ["echo"] = settings.Providers["echo"] },
                Routes = route is null ? settings.Routes : new Dictionary<string, RouteSettings> { ["r"] = new() { Models = ["quay"], To = route } },
            };
            var faults = new Systemprompt.Profiles.SettingsFaults();
            settings.Validate(faults, [Client]);
            faults.All.ShouldBeEmpty();
            return settings;
        },
        clock: clock,
        extensions: [Client]);

    private protected static string Body(string door, bool stream = false) => door == "/v1/responses"
        ? $$"""{"model":"quay","stream":{{(stream ? "true" : "false")}},"input":"hi"}"""
        : $$"""{"model":"quay","max_tokens":64,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""";

    private protected static Task<HttpResponseMessage> PostAsync(GatewayFixture gateway, string path, string body) => gateway.Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") }, HttpCompletionOption.ResponseHeadersRead);

    private protected static string? TextOf(string door, JsonElement answer) => (door switch
    {
        "/v1/messages" => answer.GetProperty("content")[0].GetProperty("text"),
        "/v1/chat/completions" => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content"),
        _ => answer.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text"),
    }).GetString();
}
