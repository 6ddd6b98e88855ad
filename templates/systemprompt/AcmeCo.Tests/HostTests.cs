using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt;
using Systemprompt.Testing;
using Xunit;

namespace AcmeCo.Tests;

/// <summary>The real host on a real PostgreSQL, shared by the tests of a class.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    private TestHost? _host;

    public TestHost Host => _host!;

    public async Task InitializeAsync() => _host = await TestHost.StartAsync(CompiledExtensions.All);

    public async Task DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }
}

public sealed class HostTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private readonly TestHost _host = fixture.Host;

    [Fact]
    public async Task The_home_page_shows_the_live_status()
    {
        var page = await _host.Client.GetStringAsync("/");

        Assert.Contains("<dt>database</dt><dd class=\"healthy\">", page, StringComparison.Ordinal);
        Assert.Contains("<code>marketplace</code>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_is_answered_and_has_its_audit_row()
    {
        var answer = await AskAsync("pineapple");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("pineapple", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var row = await _host.RunAsync("infra", "audit", "show", answer.Headers.GetValues("x-audit-id").Single(), "--json");
        Assert.Equal("completed", row.Json().GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_prompt_with_a_secret_is_refused()
    {
        // Put together here, so that no scanner takes this file for a leak.
        var answer = await AskAsync("use " + "AKIA" + "Q3EGVU7DXYSHJ2LM");

        Assert.Equal(HttpStatusCode.UnavailableForLegalReasons, answer.StatusCode);
    }

    [Fact]
    public async Task Calls_without_a_token_are_refused() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _host.Client.PostAsJsonAsync("/v1/messages", new { })).StatusCode);

    [Fact]
    public async Task The_marketplace_offers_the_plugins()
    {
        var catalogue = await _host.Client.GetFromJsonAsync<JsonElement>("/marketplace.json");

        Assert.Equal(["governed"], catalogue.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_test_mail_is_delivered()
    {
        var sent = await _host.RunAsync("email", "test", "--to", "alice@example.com", "--json");

        Assert.Equal(0, sent.ExitCode);
        Assert.Contains("To: alice@example.com", await File.ReadAllTextAsync(sent.Json().GetProperty("place").GetString()!), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> AskAsync(string text) => _host.ClientFor("alice").PostAsJsonAsync(
        "/v1/messages", new { model = "echo", max_tokens = 64, messages = new[] { new { role = "user", content = text } } });
}
