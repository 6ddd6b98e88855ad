using System.Net.Http.Json;
using System.Text.Json;

namespace Systemprompt.Core.Tests.Ai;

/// <summary><c>/api/v1/gateway</c> in the room alone.</summary>
public sealed class GatewayEndpointTests
{
    [Fact]
    public async Task Providers_say_why_one_takes_no_calls_and_nothing_that_is_secret()
    {
        await using var gateway = await GatewayFixture.StartAsync(provider: settings => settings with { Endpoint = "https://someone:canary@api.example/v1?token=canary" });

        var rows = await gateway.Client.GetFromJsonAsync<JsonElement>("/api/v1/gateway/providers");

        rows.EnumerateArray().Select(row => (row.GetProperty("name").GetString(), row.GetProperty("wire").GetString(), row.GetProperty("enabled").GetBoolean()))
            .ShouldBe([("anthropic", "anthropic", true), ("echo", "echo", true), ("keyless", "anthropic", false)]);
        rows[0].GetProperty("endpoint").GetString().ShouldBe("https://api.example/v1");
        rows[2].GetProperty("disabledBecause").GetString().ShouldBe("no key (ai.providers.keyless.api_key is unset)");
        rows.GetRawText().ShouldNotContain("canary");
    }
}
