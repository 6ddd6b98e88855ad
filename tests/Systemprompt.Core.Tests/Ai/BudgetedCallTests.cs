using System.Net;
using System.Text;
using System.Text.Json;
using Systemprompt.Ai;
using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>What a model call reserves, and what counts when it ends.</summary>
public sealed class BudgetedCallTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_counts_what_its_row_says_and_its_row_names_the_budget(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Limit(BudgetUnit.Microdollars);

        using var response = await gateway.SendAsync(GatewayFixture.Body(stream: stream));
        await response.Content.ReadAsStringAsync();

        var row = await gateway.Audit.SettledAsync();
        var request = gateway.Budgets.Asked.ShouldHaveSingleItem();
        (request.Subject, request.KeyId, request.Model).ShouldBe(("alice", null, "claude-sonnet-4-5"));
        request.Tokens.ShouldBe((gateway.Audit.Opened.RequestBytes / 2) + 1 + 64);
        request.Microdollars!.Value.ShouldBeGreaterThanOrEqualTo(row.Cost!.Value);
        gateway.Budgets.Total.ShouldBe((row.Cost.Value, 0, 1));
        gateway.Budgets.Slice!.HasReserved.ShouldBeFalse();
        gateway.Audit.Opened.BudgetReplica.ShouldBe(gateway.Budgets.Slice.Replica.Id);
        var part = JsonElement.Parse(Encoding.UTF8.GetString(gateway.Audit.Opened.Budgets!)).EnumerateArray().Single();
        (part.GetProperty("budget").GetString(), part.GetProperty("key").GetString(), part.GetProperty("reserved").GetInt64()).ShouldBe(("trial", "user/alice", request.Microdollars.Value));
        response.Headers.GetValues("x-budget-limit-microdollars").Single().ShouldBe($"{BudgetRules.Largest}");
    }

    [Fact]
    public async Task A_call_for_several_answers_reserves_as_many()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Limit(BudgetUnit.Tokens);

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", new StringContent("""{"model":"echo","n":5,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json"));
        await response.Content.ReadAsStringAsync();

        gateway.Budgets.Asked.ShouldHaveSingleItem().Tokens.ShouldBe((gateway.Audit.Opened.RequestBytes / 2) + 1 + 500);
    }

    [Theory]
    [InlineData("/v1/messages", """{"model":"echo","max_tokens":64,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://example.com/long.pdf"}}]}]}""")]
    [InlineData("/v1/chat/completions", """{"model":"echo","max_tokens":64,"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""")]
    [InlineData("/v1/responses", """{"model":"echo","max_output_tokens":64,"input":[{"role":"user","content":[{"type":"input_image","file_id":"file-1"}]}]}""")]
    public async Task A_call_whose_input_is_not_in_its_body_reserves_the_largest(string path, string body)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

        gateway.Budgets.Asked.ShouldHaveSingleItem().Tokens.ShouldBe(new BudgetsSettings().LargestInput + 64);
    }

    [Theory]
    [InlineData("gpt-6", "\"previous_response_id\":\"resp_1\"", 1_000_000)]
    [InlineData("gpt-6", "\"tools\":[{\"type\":\"web_search\"}]", 1_000_000)]
    [InlineData("gpt-6", "\"tools\":[{\"type\":\"web_search\",\"external_web_access\":false}]", 2048 + 32_768)] // Codex, in every call
    [InlineData("gpt-6", "\"tools\":[{\"type\":\"web_search\",\"external_web_access\":false},{\"type\":\"mcp\",\"server_url\":\"x\"}]", 1_000_000)]
    [InlineData("gpt-6", "\"tools\":[{\"type\":\"tool_search\",\"execution\":\"client\"}]", 2048)]
    [InlineData("both", "\"tools\":[{\"type\":\"web_search\"}]", 1_000_000)]
    [InlineData("claude-sonnet-4-5", "\"tools\":[{\"type\":\"web_search\"}]", 2048)]
    [InlineData("claude-sonnet-4-5", "\"tools\":[{\"type\":\"web_search\",\"external_web_access\":false}]", 2048)]
    public async Task What_a_provider_keeps_or_runs_counts_where_one_may_be_asked_in_the_clients_protocol(string model, string member, int added)
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings>(settings.Providers) { ["openai"] = new() { Wire = Wire.OpenaiResponses, Endpoint = "http://127.0.0.1:9/v1", Keyless = true, Models = ["gpt-*"] } },
            Routes = new Dictionary<string, RouteSettings> { ["both"] = new() { Models = ["both"], To = ["anthropic/claude-sonnet-4-5", "openai/gpt-6"] } },
        });
        var body = $$"""{"model":"{{model}}","max_output_tokens":64,{{member}},"input":"go on"}""";

        using var response = await gateway.Client.PostAsync("/v1/responses", new StringContent(body, Encoding.UTF8, "application/json"));

        gateway.Budgets.Asked.ShouldHaveSingleItem().Tokens.ShouldBe(Math.Min((body.Length / 2) + 1 + added, new BudgetsSettings().LargestInput) + 64);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", 32_000)]
    [InlineData("claude-3-haiku-20240307", 8192)] // it writes less than is assumed
    [InlineData("claude-unheard-of", 4096 + 32_000)] // thinking goes on top of what an unknown model is given
    [InlineData("claude-opus-9", 8192)] // a model that weighs by itself is given no budget for thinking
    [InlineData("echo", 8192)]
    public async Task A_call_that_names_no_limit_reserves_what_the_provider_is_given_for_it(string model, int output)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var body = $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""";

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));

        gateway.Budgets.Asked.ShouldHaveSingleItem().Tokens.ShouldBe((body.Length / 2) + 1 + output);
    }

    [Fact]
    public async Task A_call_that_offers_tools_reserves_what_providers_say_of_them()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string body = """{"model":"echo","max_tokens":64,"tools":[{"name":"f","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"hi"}]}""";

        using var response = await gateway.SendAsync(body);

        gateway.Budgets.Asked.ShouldHaveSingleItem().Tokens.ShouldBe((body.Length / 2) + 1 + 2048 + 64);
    }

    [Fact]
    public async Task A_call_counts_on_the_budgets_of_what_its_route_may_ask()
    {
        var routes = new Dictionary<string, RouteSettings> { ["best"] = new() { Models = ["best"], To = ["anthropic/claude-opus-5", "echo/echo", "anthropic/claude-opus-5"] } };
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { Routes = routes });

        using var response = await gateway.SendAsync(GatewayFixture.Body("best"));

        var request = gateway.Budgets.Asked.ShouldHaveSingleItem();
        request.Model.ShouldBe("best");
        request.OtherModels.Select(other => other.Model).ShouldBe(["claude-opus-5", "echo"]);
    }

    [Fact]
    public async Task Each_model_of_a_route_has_its_own_cost_and_the_call_the_dearest_where_all_have_one()
    {
        var routes = new Dictionary<string, RouteSettings>
        {
            ["best"] = new() { Models = ["best"], To = ["anthropic/claude-opus-5", "anthropic/claude-haiku-4-5"] },
            ["claude-haiku-4-5"] = new() { Models = ["claude-haiku-4-5"], To = ["anthropic/claude-haiku-4-5", "anthropic/claude-unheard-of"] },
        };
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { Routes = routes });

        (await gateway.SendAsync(GatewayFixture.Body("best"))).Dispose();
        (await gateway.SendAsync(GatewayFixture.Body("claude-haiku-4-5"))).Dispose();

        var (best, named) = (gateway.Budgets.Asked[0], gateway.Budgets.Asked[1]);
        (best.OtherModels[0].Microdollars, best.NamedMicrodollars).ShouldBe((best.Microdollars, null));
        best.OtherModels[1].Microdollars.ShouldNotBeNull().ShouldBeLessThan(best.Microdollars!.Value);
        (named.Microdollars, named.OtherModels.Single()).ShouldBe((null, new ModelCost("claude-unheard-of", null)));
        named.NamedMicrodollars.ShouldNotBeNull().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task What_nobody_knows_counts_as_what_was_reserved()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Limit(BudgetUnit.Tokens);
        using var leave = new CancellationTokenSource();
        var answer = gateway.Client.SendAsync(GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body("claude-stub-hang"))), leave.Token);
        await gateway.Stub.NextAsync();

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(answer);
        (await gateway.Audit.SettledAsync()).UsageUnknown.ShouldBeTrue();
        var (reserved, cost) = (gateway.Budgets.Asked.Single().Tokens, gateway.Budgets.Asked.Single().Microdollars);
        cost.ShouldBeNull("nobody knows the price of this model");
        gateway.Budgets.Total.ShouldBe((reserved, reserved, 1));
    }

    [Fact]
    public async Task A_call_that_reached_nobody_gives_back_what_it_reserved()
    {
        await using var gateway = await GatewayFixture.StartAsync(provider: settings => settings with { Endpoint = "http://127.0.0.1:9" });
        gateway.Budgets.Limit(BudgetUnit.Requests);

        (await gateway.SendAsync(GatewayFixture.Body())).StatusCode.ShouldBe(HttpStatusCode.BadGateway);

        gateway.Budgets.Total.ShouldBe((0, 0, 0));
        gateway.Budgets.Slice!.HasReserved.ShouldBeFalse();
    }

    [Fact]
    public async Task A_call_that_could_not_be_opened_gives_back_what_it_reserved()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Limit(BudgetUnit.Requests);
        gateway.Audit.Refuse<OpenedRow>();

        (await gateway.SendAsync(GatewayFixture.Body())).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await Poll.UntilAsync(() => !gateway.Budgets.Slice!.HasReserved);
        gateway.Budgets.Total.ShouldBe((0, 0, 0));
    }

    [Theory]
    [InlineData(30, "30")]
    [InlineData(3600, null)]
    public async Task A_used_up_budget_is_429_that_asks_for_no_second_try_and_names_the_time_when_it_is_near(int seconds, string? retryAfter)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Refusal = new BudgetRefusal(BudgetFault.Exhausted, "trial", "user/alice", BudgetUnit.Requests, 10, 10, 1, TimeProvider.System.GetUtcNow().AddSeconds(seconds));

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        response.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        response.Headers.RetryAfter?.ToString().ShouldBe(retryAfter);
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("rate_limit_error", gateway.Budgets.Refusal.Sentence));
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Error, gateway.Audit.Opened.Decision!.Policy).ShouldBe((CallStatus.Refused, "budget_exhausted", "budget"));
    }

    [Theory]
    [InlineData(nameof(BudgetFault.PriceUnknown), 451, "permission_error", "budget_price_unknown")]
    [InlineData(nameof(BudgetFault.Unavailable), 503, "api_error", "budget_unavailable")]
    public async Task Other_refusals_say_what_stands_in_the_way(string fault, int status, string type, string code)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Refusal = new BudgetRefusal(Enum.Parse<BudgetFault>(fault), "trial", "tenant", BudgetUnit.Microdollars, 10, 0, 1, DateTimeOffset.UnixEpoch);

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        ((int)response.StatusCode).ShouldBe(status);
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe(type);
        gateway.Audit.Settled.Error.ShouldBe(code);
    }

    [Fact]
    public async Task What_a_policy_refuses_is_not_reserved()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Budgets.Limit(BudgetUnit.Microdollars);
        gateway.Policies.Judge = _ => new(Systemprompt.Extensions.PolicyOutcome.Deny, "blocklist", "no", null, []);

        ((int)(await gateway.SendAsync(GatewayFixture.Body())).StatusCode).ShouldBe(451);

        gateway.Budgets.Asked.ShouldBeEmpty();
    }
}
