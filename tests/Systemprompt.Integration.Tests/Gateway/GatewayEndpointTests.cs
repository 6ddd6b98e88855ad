using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Gateway;

/// <summary><c>/api/v1/gateway</c>: providers and routes for administrators, in a host with a customer's model and selector.</summary>
public sealed class GatewayEndpointTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;
    private ServerHost _server = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _server = new CommandLine(_database.Url, new HarbourRoom()) { Variables = { ["PORT"] = "0", ["SYSTEMPROMPT_PROFILE"] = "harbour" } }.Server();
        await _server.StartAsync(CancellationToken.None);
        await _server.Started.WaitAsync(TimeSpan.FromSeconds(60));
        _admin = Client(Tier.Admin);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Providers_and_routes_are_shown_as_they_are()
    {
        var providers = await _admin.GetFromJsonAsync<JsonElement>("api/v1/gateway/providers");
        var routes = await _admin.GetFromJsonAsync<JsonElement>("api/v1/gateway/routes");

        providers.EnumerateArray().Select(row => (Text(row, "name"), Text(row, "wire"), Text(row, "client"), row.GetProperty("enabled").GetBoolean())).ShouldBe([("echo", "echo", null, true), ("own", "chat_client", "harbour", true)]);
        Words(providers[1].GetProperty("models")).ShouldBe(["harbour-*"]);
        var route = routes.EnumerateArray().ShouldHaveSingleItem();
        (Text(route, "name"), Text(route, "selector"), route.GetProperty("tools").ValueKind).ShouldBe(("pick", "harbour-master", JsonValueKind.Null));
        Words(route.GetProperty("models")).ShouldBe(["pick"]);
        Words(route.GetProperty("to")).ShouldBe(["echo/echo", "own/harbour-large"]);
    }

    [Fact]
    public async Task A_call_goes_where_the_route_and_its_selector_say()
    {
        (await TargetsAsync("pick")).ShouldBe([(1, "echo", "echo", "pick", "harbour-master (unchanged)"), (2, "own", "harbour-large", "pick", "harbour-master (unchanged)")]);
        (await TargetsAsync("pick&user=captain&tools=true&stream=true&bytes=100")).ShouldBe([(1, "own", "harbour-large", "pick", "harbour-master (chosen): a captain")]);
        (await TargetsAsync("echo")).ShouldBe([(1, "echo", "echo", null, null)]);
    }

    [Theory]
    [InlineData("routes/test", HttpStatusCode.BadRequest, "say which model")]
    [InlineData("routes/test?model=echo&bytes=-1", HttpStatusCode.BadRequest, "bytes must not be negative")]
    [InlineData("routes/test?model=echo&bytes=many", HttpStatusCode.BadRequest, "'bytes' (a whole number)")]
    [InlineData("routes/test?model=nothing", HttpStatusCode.NotFound, "nothing is served by no provider of this gateway")]
    public async Task What_cannot_be_answered_is_said(string path, HttpStatusCode status, string detail)
    {
        using var answer = await _admin.GetAsync($"api/v1/gateway/{path}");

        answer.StatusCode.ShouldBe(status);
        Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "detail")!.ShouldContain(detail);
    }

    [Theory]
    [InlineData("providers")]
    [InlineData("routes")]
    [InlineData("routes/test?model=echo")]
    public async Task Nobody_but_an_administrator_is_answered(string path)
    {
        using var user = Client(Tier.User);
        using var refused = await user.GetAsync($"api/v1/gateway/{path}");
        using var nobody = new HttpClient { BaseAddress = _server.Address };
        using var unknown = await nobody.GetAsync($"api/v1/gateway/{path}");

        (refused.StatusCode, unknown.StatusCode).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized));
    }

    private async Task<IReadOnlyList<(int, string?, string?, string?, string?)>> TargetsAsync(string query) =>
    [
        .. (await _admin.GetFromJsonAsync<JsonElement>($"api/v1/gateway/routes/test?model={query}")).EnumerateArray()
            .Select(row => (row.GetProperty("order").GetInt32(), Text(row, "provider"), Text(row, "model"), Text(row, "route"), Text(row, "selector"))),
    ];

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();

    private static IEnumerable<string?> Words(JsonElement list) => list.EnumerateArray().Select(word => word.GetString());

    private HttpClient Client(Tier tier)
    {
        var token = _server.Services.GetRequiredService<TokenIssuer>().Issue(new TokenRequest("who", tier));
        return new HttpClient { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
    }
}
