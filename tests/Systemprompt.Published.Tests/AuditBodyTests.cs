using System.Text.Json;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>With <c>audit.bodies</c>, what calls sent and were answered is kept sealed; what policies refused is not.</summary>
public sealed class AuditBodyTests : IAsyncLifetime
{
    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;

    public async Task InitializeAsync()
    {
        _upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });
        _database = await TestDatabase.CreateAsync();
        var options = GatewayFixture.Options(_upstream);
        _host = await PublishedHost.StartAsync(_database, options with
        {
            Profile = "bodies",
            Profiles = new Dictionary<string, string> { ["bodies"] = new TestProfile { More = "audit: { bodies: { store: postgres, key: \"${BODIES_KEY}\" } }" }.ToString() },
            Variables = new Dictionary<string, string>(options.Variables) { ["BODIES_KEY"] = HostOptions.NewSecret() },
        });
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Bodies_are_kept_sealed_byte_for_byte_and_those_of_refused_calls_are_not()
    {
        using var alice = await _host.ClientForAsync("alice");
        var seen = new List<(string Id, string Answer)>();
        foreach (var (model, stream) in new[] { ("echo", false), ("echo", true), ("claude-stub", false), ("claude-stub", true) })
        {
            using var answer = await GatewayFixture.CallAsync(alice, model, "a pineapple for the audit", stream);
            seen.Add((GatewayFixture.AuditId(answer), await answer.Content.ReadAsStringAsync()));
        }

        using (var refused = await GatewayFixture.CallAsync(alice, "echo", "my key is AKIAIOSFODNN7EXAMPLQ and xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"))
            ((int)refused.StatusCode).ShouldBe(451);

        await Condition.HoldsAsync("all bodies are there", TimeSpan.FromSeconds(10), async () => await _database.ScalarAsync<long>("select count(*) from audit.bodies") == 4);
        foreach (var (id, answer) in seen)
        {
            var shown = JsonElement.Parse((await _host.RunAsync("infra", "audit", "body", id, "--json")).Succeeded().Output);
            shown.GetProperty("request").GetProperty("text").GetString()!.ShouldContain("a pineapple for the audit");
            shown.GetProperty("answer").GetProperty("text").GetString().ShouldBe(answer);
        }

        (await _database.DumpAsync()).ShouldNotContain("pineapple");
        (await _database.ScalarAsync<long>("select count(*) from audit.accesses")).ShouldBe(4);
        (await _host.RunAsync("infra", "audit", "verify")).Succeeded();
    }
}
