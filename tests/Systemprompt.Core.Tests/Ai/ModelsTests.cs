using System.Net;
using System.Text.Json;
using Systemprompt.Ai;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai;

public sealed class ModelsTests
{
    [Fact]
    public async Task A_list_has_the_vendors_shape_and_holds_only_what_can_be_called()
    {
        await using var gateway = await StartAsync();

        var page = await PageAsync(gateway, "?limit=1000");

        page.EnumerateObject().Select(field => field.Name).ShouldBe(["object", "data", "has_more", "first_id", "last_id"]);
        Ids(page).ShouldBe(["a", "b", "c", "d", "e"]);
        page.GetProperty("data")[0].ToString().ShouldBe("""{"type":"model","id":"a","display_name":"a","created_at":"1970-01-01T00:00:00Z","object":"model","created":0,"owned_by":"echo"}""");
        (page.GetProperty("has_more").GetBoolean(), page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString()).ShouldBe((false, "a", "e"));
        gateway.Audit.Rows.OfType<DecisionRow>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("?limit=2", "a,b", true)]
    [InlineData("?limit=2&after_id=b", "c,d", true)]
    [InlineData("?limit=2&after_id=d", "e", false)]
    [InlineData("?after_id=e", "", false)]
    [InlineData("?limit=2&before_id=d", "b,c", true)]
    [InlineData("?limit=2&before_id=c", "a,b", false)]
    [InlineData("?before_id=a", "", false)]
    public async Task A_page_goes_on_from_where_the_last_one_ended(string query, string ids, bool more)
    {
        await using var gateway = await StartAsync();

        var page = await PageAsync(gateway, query);

        Ids(page).ShouldBe(ids.Split(',', StringSplitOptions.RemoveEmptyEntries));
        page.GetProperty("has_more").GetBoolean().ShouldBe(more);
        if (ids.Length == 0) page.GetProperty("first_id").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("?limit=0", "limit: must be a number from 1 to 1000")]
    [InlineData("?limit=1001", "limit: must be")]
    [InlineData("?limit=many", "limit: must be")]
    [InlineData("?limit=", "limit: must be")]
    [InlineData("?limit=1&limit=2", "limit: must be")]
    [InlineData("?after_id=nobody", "after_id: is no model of this list")]
    [InlineData("?before_id=off", "before_id: is no model of this list")]
    public async Task A_question_that_makes_no_sense_is_refused(string query, string message)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.Client.GetAsync("/v1/models" + query);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldStartWith(message);
    }

    [Theory]
    [InlineData("a", 200, null)]
    [InlineData("off", 404, "disabled: switched off (ai.providers.off.enabled)")]
    [InlineData("nobody", 404, "nobody is served by no provider")]
    public async Task One_model_is_found_or_said_to_be_missing_and_why(string id, int status, string? message)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.Client.GetAsync($"/v1/models/{id}");

        ((int)response.StatusCode).ShouldBe(status);
        if (message is null) JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("id").GetString().ShouldBe(id);
        else (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("openai/gpt-oss-120b", 200)]
    [InlineData("openai%2Fgpt-oss-120b", 200)]
    [InlineData("openai%2fgpt-oss-120b", 200)]
    [InlineData("openai/gpt-oss-120b/", 200)]
    [InlineData("openai%2Fnobody", 404)]
    [InlineData("openai/closed", 404)]
    public async Task An_id_with_a_slash_is_found_however_the_slash_is_sent(string path, int status)
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings> { ["echo"] = Echo("openai/gpt-oss-120b", "openai/closed") },
        });
        gateway.Permissions.Closed.Add("openai/closed");

        using var response = await gateway.Client.GetAsync($"/v1/models/{path}");

        ((int)response.StatusCode).ShouldBe(status);
        if (status == 200) JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("id").GetString().ShouldBe("openai/gpt-oss-120b");
        else (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("not_found_error");
        gateway.Audit.Rows.OfType<DecisionRow>().ShouldHaveSingleItem().Model.ShouldBe(Uri.UnescapeDataString(path).TrimEnd('/'));
    }

    [Fact]
    public async Task A_name_that_stands_for_a_closed_model_is_neither_listed_nor_found()
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings> { ["echo"] = Echo("a", "b") },
            Routes = new Dictionary<string, RouteSettings>
            {
                ["one"] = new() { Models = ["one"], To = ["echo/a"] },
                ["two"] = new() { Models = ["two"], To = ["echo/a", "echo/b"] },
            },
        });
        gateway.Permissions.Closed.Add("b");

        Ids(await PageAsync(gateway, "")).ShouldBe(["a", "one"]);
        (await StatusAsync(gateway, "one")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(gateway, "two")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_policy_that_only_observes_hides_no_model()
    {
        await using var gateway = await StartAsync();
        gateway.Permissions.Closed.Add("b");
        Ids(await PageAsync(gateway, "")).ShouldBe(["a", "c", "d", "e"]);
        (await StatusAsync(gateway, "b")).ShouldBe(HttpStatusCode.NotFound);

        gateway.Governance.Value = new GovernanceSettings { Modes = new Dictionary<string, PolicyMode> { ["models"] = PolicyMode.Observe } };

        Ids(await PageAsync(gateway, "")).ShouldBe(["a", "b", "c", "d", "e"]);
        (await StatusAsync(gateway, "b")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tokens_are_not_counted_by_guess()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.Client.PostAsync("/v1/messages/count_tokens?beta=true", new StringContent(GatewayFixture.Body("a")));

        response.StatusCode.ShouldBe(HttpStatusCode.NotImplemented);
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("not_supported");
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/a")]
    public async Task Without_an_audit_trail_nothing_is_listed(string path)
    {
        await using var gateway = await StartAsync();
        gateway.Audit.Refuse<DecisionRow>();

        using var response = await gateway.Client.GetAsync(path);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public void An_exact_id_goes_before_a_pattern_a_longer_pattern_before_a_shorter_and_what_is_enabled_before_what_is_not()
    {
        var catalog = new ProviderCatalog(new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["all"] = Echo("*"),
                ["claude"] = Echo("claude-*"),
                ["exact"] = Echo("claude-opus-5"),
                ["off"] = Echo("claude-opus-*", "x-1") with { Enabled = false },
            },
        });

        catalog.Route("claude-opus-5")!.Name.ShouldBe("exact");
        catalog.Route("claude-opus-6")!.Name.ShouldBe("claude");
        catalog.Route("x-1")!.Name.ShouldBe("all");
        catalog.Models().ShouldAllBe(model => model.Provider.IsEnabled);
        catalog.Models().Select(model => model.Id).ShouldContain("claude-haiku-4-5");
        catalog.Models().Select(model => model.Id).ShouldNotContain("claude-3-opus");
    }

    private static Task<GatewayFixture> StartAsync() => GatewayFixture.StartAsync(settings => settings with
    {
        Providers = new Dictionary<string, ProviderSettings> { ["echo"] = Echo("c", "a", "b"), ["more"] = Echo("e", "d"), ["off"] = Echo("off") with { Enabled = false } },
    });

    private static ProviderSettings Echo(params string[] models) => new() { Wire = Wire.Echo, Models = models };

    private static async Task<JsonElement> PageAsync(GatewayFixture gateway, string query) => JsonElement.Parse(await gateway.Client.GetStringAsync("/v1/models" + query));

    private static async Task<HttpStatusCode> StatusAsync(GatewayFixture gateway, string model)
    {
        using var response = await gateway.Client.GetAsync($"/v1/models/{model}");
        return response.StatusCode;
    }

    private static IEnumerable<string> Ids(JsonElement page) => page.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!);
}
