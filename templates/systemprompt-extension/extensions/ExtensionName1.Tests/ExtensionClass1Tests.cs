using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt;
using Systemprompt.Testing;
using Xunit;

namespace ExtensionName1.Tests;

public sealed class ExtensionClass1Tests : IAsyncLifetime
{
    private TestHost? _started;

    private TestHost Host => _started!;

    public async Task InitializeAsync() => _started = await TestHost.StartAsync(CompiledExtensions.All);

    public async Task DisposeAsync()
    {
        if (_started is not null) await _started.DisposeAsync();
    }

    [Fact]
    public async Task An_entry_is_kept_and_listed_by_route_and_command()
    {
        var added = await Host.ClientFor("alice").PostAsJsonAsync("/api/v1/extension-path1/entries", new { text = "first" });

        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var entry = Assert.Single((await Host.ClientFor("bob").GetFromJsonAsync<JsonElement>("/api/v1/extension-path1/entries")).EnumerateArray());
        Assert.Equal("first", entry.GetProperty("text").GetString());
        Assert.Equal("alice", entry.GetProperty("author").GetString());
        var listed = await Host.RunAsync("extension-path1", "list", "--json");
        Assert.Equal("first", Assert.Single(listed.Json().EnumerateArray()).GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_job_counts_the_words_of_an_entry()
    {
        await Host.ClientFor("alice").PostAsJsonAsync("/api/v1/extension-path1/entries", new { text = "three small words" });

        await Host.WhenJobsDoneAsync();

        var entry = Assert.Single((await Host.ClientFor("bob").GetFromJsonAsync<JsonElement>("/api/v1/extension-path1/entries")).EnumerateArray());
        Assert.Equal(3, entry.GetProperty("words").GetInt32());
    }

    [Fact]
    public async Task Only_an_editor_removes_an_entry()
    {
        await Host.ClientFor("alice").PostAsJsonAsync("/api/v1/extension-path1/entries", new { text = "first" });

        Assert.Equal(HttpStatusCode.Forbidden, (await Host.ClientFor("alice").DeleteAsync("/api/v1/extension-path1/entries/1")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await Host.ClientFor("eve", scopes: "extension-path1:write").DeleteAsync("/api/v1/extension-path1/entries/1")).StatusCode);
        Assert.Empty((await Host.ClientFor("alice").GetFromJsonAsync<JsonElement>("/api/v1/extension-path1/entries")).EnumerateArray());
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused_with_the_limit()
    {
        var answer = await Host.ClientFor("alice").PostAsJsonAsync("/api/v1/extension-path1/entries", new { text = new string('x', 201) });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("200", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").GetProperty("text")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_without_a_token_are_refused() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await Host.Client.GetAsync("/api/v1/extension-path1/entries")).StatusCode);
}
