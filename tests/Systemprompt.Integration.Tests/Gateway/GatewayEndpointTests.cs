using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt.Security;
using static Systemprompt.Integration.Tests.JsonFields;

namespace Systemprompt.Integration.Tests.Gateway;

/// <summary><c>/api/v1/gateway</c>: providers and routes for administrators, in a host with a customer's model and selector.</summary>
public sealed class GatewayEndpointTests : IAsyncLifetime
{
    private ServerFixture _server = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _server = await ServerFixture.CreateAsync(new HarbourRoom());
        _server.Commands.Variables["SYSTEMPROMPT_PROFILE"] = "harbour";
        await _server.StartAsync();
        _admin = _server.Client(Tier.Admin);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
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
        using var user = _server.Client(Tier.User);
        using var refused = await user.GetAsync($"api/v1/gateway/{path}");
        using var nobody = _server.Nobody();
        using var unknown = await nobody.GetAsync($"api/v1/gateway/{path}");

        (refused.StatusCode, unknown.StatusCode).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized));
    }

    private async Task<IReadOnlyList<(int, string?, string?, string?, string?)>> TargetsAsync(string query) =>
    [
        .. (await _admin.GetFromJsonAsync<JsonElement>($"api/v1/gateway/routes/test?model={query}")).EnumerateArray()
            .Select(row => (row.GetProperty("order").GetInt32(), Text(row, "provider"), Text(row, "model"), Text(row, "route"), Text(row, "selector"))),
    ];
}
