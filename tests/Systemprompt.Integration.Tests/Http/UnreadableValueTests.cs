using System.Net;
using System.Text.Json;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Http;

/// <summary>A value that a compiled route handler cannot parse is named in the answer; by itself the handler answers with nothing but a status.</summary>
public sealed class UnreadableValueTests : IAsyncLifetime
{
    private ServerFixture _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ServerFixture.CreateAsync();
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("api/v1/jobs?limit=none", "a value cannot be read: look at 'limit' (a whole number)")]
    [InlineData("api/v1/jobs/history?limit=3&since=tomorrow", "a value cannot be read: look at 'since' (a time such as 2026-01-31T12:00:00Z), 'limit' (a whole number)")]
    public async Task It_is_named_with_what_it_should_be(string path, string detail)
    {
        using var client = _server.Client(Tier.Admin);

        using var answer = await client.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        problem.RootElement.GetProperty("detail").GetString().ShouldBe(detail);
        problem.RootElement.GetProperty("code").GetString().ShouldBe("bad_request");
    }

    [Theory]
    [InlineData("verdict=maybe", HttpStatusCode.BadRequest)]
    [InlineData("verdict=Deny", HttpStatusCode.BadRequest)]
    [InlineData("verdict=deny", HttpStatusCode.OK)]
    public async Task A_verdict_that_nobody_gives_is_named_with_those_there_are(string query, HttpStatusCode status)
    {
        using var client = _server.Client(Tier.Admin);

        using var answer = await client.GetAsync($"api/v1/governance/decisions?{query}");

        answer.StatusCode.ShouldBe(status);
        if (status == HttpStatusCode.OK) return;
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        problem.RootElement.GetProperty("errors").GetProperty("verdict")[0].GetString().ShouldBe("must be one of allow, deny, limit");
    }
}
