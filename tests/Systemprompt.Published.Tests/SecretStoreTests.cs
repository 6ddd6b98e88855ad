using System.Net;
using System.Net.Http.Json;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>Secrets at rest: a provider's key that is kept sealed in the database, and another key to seal it with.</summary>
public sealed class SecretStoreTests
{
    private const string First = "sk-ant-canary-of-the-secret-store-1";
    private const string Second = "sk-ant-canary-of-the-secret-store-2";
    private const string Old = "old-sealing-key-0123456789-abcdefghijklmnop";
    private const string New = "new-sealing-key-0123456789-abcdefghijklmnop";

    [Fact]
    public async Task A_providers_key_is_sealed_used_changed_and_sealed_anew_and_no_dump_holds_it()
    {
        await using var upstream = await StubServer.StartAsync(new StubOptions());
        await using var database = await TestDatabase.CreateAsync();
        var profile = new TestProfile { More = "secrets: { key: \"${SECRETS_KEY}\", key_previous: \"${SECRETS_KEY_PREVIOUS:-}\" }" }.ToString()
            .Replace("api_key: ${ANTHROPIC_API_KEY:-}", "api_key_secret: anthropic_key", StringComparison.Ordinal);
        var options = new HostOptions
        {
            Profile = "sealed",
            Profiles = new Dictionary<string, string> { ["sealed"] = profile },
            Variables = new Dictionary<string, string> { ["ANTHROPIC_BASE_URL"] = upstream.Address, ["SECRETS_KEY"] = Old },
        };
        await using var host = await PublishedHost.StartAsync(database, options);
        using var alice = await host.ClientForAsync("alice");
        using (var without = await GatewayFixture.CallAsync(alice, "claude-haiku-4-5")) without.StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await host.RunOnAsync(First + "\n", "admin", "secrets", "set", "anthropic_key")).Succeeded();
        await UsesAsync(upstream, alice, First);
        using var ann = await host.ClientForAsync("ann", "admin");
        (await ann.PutAsJsonAsync("api/v1/secrets/anthropic_key", new { value = Second })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await UsesAsync(upstream, alice, Second);
        var before = await database.ScalarAsync<string>("select key_id || md5(sealed) from secrets.secrets");

        // The new key seals, the old one still opens; then it is not needed any more.
        var both = new Dictionary<string, string> { ["SECRETS_KEY"] = New, ["SECRETS_KEY_PREVIOUS"] = Old };
        (await host.RunWithAsync(both, "admin", "secrets", "rotate")).Succeeded().Output.Trim().ShouldBe("sealed anew: anthropic_key");
        await using var next = await PublishedHost.StartAsync(database, options with { Secret = HostOptions.NewSecret(), Variables = new Dictionary<string, string>(options.Variables) { ["SECRETS_KEY"] = New } });
        using var bob = await next.ClientForAsync("bob");
        await UsesAsync(upstream, bob, Second);

        (await database.ScalarAsync<string>("select key_id || md5(sealed) from secrets.secrets")).ShouldNotBe(before);
        var listed = (await next.RunAsync("admin", "secrets", "list", "--json")).Succeeded();
        var everything = string.Join('\n', await database.DumpAsync(), listed.Output, await ann.GetStringAsync("api/v1/secrets"), host.Log.Text, next.Log.Text);
        foreach (var hidden in new[] { First, Second, Old, New, Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(Second)) })
            everything.ShouldNotContain(hidden, Case.Insensitive);
    }

    private static async Task UsesAsync(StubServer upstream, HttpClient client, string key) =>
        await Condition.HoldsAsync($"the provider is called with {key}", TimeSpan.FromSeconds(10), async () =>
        {
            using var answer = await GatewayFixture.CallAsync(client, "claude-haiku-4-5");
            await answer.Content.ReadAsStringAsync();
            return answer.StatusCode == HttpStatusCode.OK && (await upstream.NextAsync()).Headers["x-api-key"] == key;
        });
}
