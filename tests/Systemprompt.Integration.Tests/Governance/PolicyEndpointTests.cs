using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Ai;
using Systemprompt.Governance;
using Systemprompt.Profiles;
using Systemprompt.Security;
using static Systemprompt.Integration.Tests.JsonFields;

namespace Systemprompt.Integration.Tests.Governance;

/// <summary><c>/api/v1/governance/policies|rules|models|replay</c>: what the commands show, for administrators, as the server has it.</summary>
public sealed class PolicyEndpointTests : IAsyncLifetime
{
    private ServerFixture _server = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _server = await ServerFixture.CreateAsync();
        _server.Commands.Variables["JOBS"] = "off";
        (await _server.Commands.RunAsync("infra", "db", "migrate")).Succeeded();
        await _server.Database.ExecuteAsync("insert into users.users (tenant, login, kind, tier, roles) values ('tests', 'alice', 'person', 'user', '{}'); insert into users.teams (tenant, name) values ('tests', 'research'); insert into users.members (tenant, team, login) values ('tests', 'research', 'alice')");
        await _server.StartAsync();
        _admin = _server.Client(Tier.Admin);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Policies_and_rules_are_those_of_now()
    {
        (await _server.Commands.RunAsync("admin", "config", "set", "governance.modes", "{ rate: observe }")).Succeeded();
        (await _server.Commands.RunAsync("admin", "config", "set", "governance.secret_scan.disabled", "[aws_access_key]")).Succeeded();
        await UntilAsync(services => services.GetRequiredService<LiveChain>().Current.Links.Any(link => link is { Name: "rate", Mode: PolicyMode.Observe })
            && services.GetRequiredService<ILive<GovernanceSettings>>().Value.SecretScan.Disabled.Count == 1);

        var policies = await _admin.GetFromJsonAsync<JsonElement>("api/v1/governance/policies");
        var rules = await _admin.GetFromJsonAsync<JsonElement>("api/v1/governance/rules");

        policies.EnumerateArray().Select(row => (Text(row, "name"), Number(row, "order"), row.GetProperty("on").GetBoolean(), Text(row, "mode"), row.GetProperty("readsAnswers").GetBoolean(), Text(row, "extension"))).ShouldBe(
        [
            ("models", 50, false, "enforce", false, "governance"), ("scope", 100, true, "enforce", false, "governance"), ("secret_scan", 200, true, "enforce", true, "governance"),
            ("blocklist", 300, true, "enforce", false, "governance"), ("rate", 400, true, "observe", false, "governance"),
        ]);
        rules.GetArrayLength().ShouldBeGreaterThan(150);
        rules.EnumerateArray().Where(row => !row.GetProperty("on").GetBoolean()).Select(row => Text(row, "id")).ShouldBe(["aws_access_key"]);
    }

    [Fact]
    public async Task Who_may_use_a_model_is_said_with_the_rule_and_a_routes_name_opens_none_that_is_closed()
    {
        (await _server.Commands.RunAsync("admin", "config", "set", "governance.models", "{ default: deny, rules: [{ models: [\"big-*\", quick], effect: allow, teams: [research] }] }")).Succeeded();
        (await _server.Commands.RunAsync("admin", "config", "set", "ai.routes.quick", "{ models: [quick], to: [echo/echo] }")).Succeeded();
        await UntilAsync(services => services.GetRequiredService<ModelRouter>().Routes.Any(route => route.Name == "quick"));

        var alice = await _admin.GetFromJsonAsync<JsonElement>("api/v1/governance/models/test?user=alice&model=big-one");
        var bob = await _admin.GetFromJsonAsync<JsonElement>("api/v1/governance/models/test?user=bob&model=big-one");
        var quick = await _admin.GetFromJsonAsync<JsonElement>("api/v1/governance/models/test?user=alice&model=quick");

        (alice.GetProperty("allowed").GetBoolean(), Text(alice, "by"), alice.GetProperty("teams")[0].GetString()).ShouldBe((true, "allow big-* quick", "research"));
        (bob.GetProperty("allowed").GetBoolean(), Text(bob, "by")).ShouldBe((false, "governance.models.default"));
        (quick.GetProperty("allowed").GetBoolean(), Text(quick, "by")).ShouldBe((false, "governance.models.default (of echo, which this name stands for)"));
    }

    [Theory]
    [InlineData("governance:\n  blocklist: { tools: [Bash] }\n")]
    [InlineData("{\"blocklist\":{\"tools\":[\"Bash\"]}}")]
    public async Task A_replay_counts_and_groups_what_would_change(string policies)
    {
        await RecordAsync("alice", "Bash", "allow", null);
        await RecordAsync("alice", "Bash", "allow", null);
        await RecordAsync("bob", "mcp__crm__delete", "deny", "blocklist");

        using var answer = await ReplayAsync(policies, "?since=1h");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var replay = await answer.Content.ReadFromJsonAsync<JsonElement>();
        (Number(replay, "calls"), Number(replay, "refused"), Number(replay, "passed"), Number(replay, "notJudged")).ShouldBe((3, 2, 1, 0));
        replay.GetProperty("changes").EnumerateArray().Select(row => (Text(row, "change"), Text(row, "policy"), Text(row, "user"), Text(row, "tool"), Number(row, "calls")))
            .ShouldBe([("refused", "blocklist", "alice", "Bash", 2), ("passes", "blocklist", "bob", "mcp__crm__delete", 1)]);
    }

    [Fact]
    public async Task A_replay_beside_another_is_told_to_wait()
    {
        await using var connection = await _server.Database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("lock table governance.hook_decisions in access exclusive mode", connection)) await command.ExecuteNonQueryAsync();
        var first = ReplayAsync("rate: { burst: 1 }", "?since=1h");
        await _server.Database.UntilAsync("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%governance.decisions%')");

        using var second = await ReplayAsync("rate: { burst: 1 }", "?since=1h");

        ((int)second.StatusCode, Text(await second.Content.ReadFromJsonAsync<JsonElement>(), "code")).ShouldBe((429, "replay_runs"));
        await transaction.RollbackAsync();
        using var answer = await first;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("blocklst: { tools: [a] }", "", "body:1:1: unknown key 'blocklst', did you mean 'blocklist'?")]
    [InlineData("blocklist:\n  tools: { a: b }", "", "body:2:10: governance.blocklist.tools: must be a list")]
    [InlineData("", "", "body:1:1: empty")]
    [InlineData("rate: { burst: 1 }", "?since=32d", "more than 31 days ago")]
    [InlineData("rate: { burst: 1 }", "?since=yesterday", "since yesterday is neither a duration such as 1h or 7d nor a time")]
    // The rule that is not there is named in the fault, and with it the variable's value would be.
    [InlineData("secret_scan: { disabled: [\"\\x24{JWT_SECRET}\"] }", "", "body:1:27: variables and files are not filled in here")]
    public async Task A_replay_that_cannot_be_is_refused_with_the_place(string policies, string query, string detail)
    {
        using var answer = await ReplayAsync(policies, query);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var text = Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "detail")!;
        text.ShouldContain(detail);
        text.ShouldNotContain(_server.Commands.Variables["JWT_SECRET"]);
    }

    [Fact]
    public async Task Policies_of_a_replay_that_are_too_large_are_refused()
    {
        using var answer = await ReplayAsync(new string('#', (64 * 1024) + 1), "");

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "code").ShouldBe("body_too_large");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?user=alice")]
    [InlineData("?model=echo")]
    public async Task A_question_about_a_model_names_both(string query)
    {
        using var answer = await _admin.GetAsync($"api/v1/governance/models/test{query}");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "detail").ShouldBe("say who would use what: ?user=alice&model=echo");
    }

    [Fact]
    public async Task Nobody_but_an_administrator_is_answered()
    {
        using var user = _server.Client(Tier.User);

        foreach (var path in new[] { "policies", "rules", "models/test?user=alice&model=echo" }) (await user.GetAsync($"api/v1/governance/{path}")).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        (await user.PostAsync("api/v1/governance/replay", new StringContent("{}"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task<HttpResponseMessage> ReplayAsync(string policies, string query) =>
        _admin.PostAsync($"api/v1/governance/replay{query}", new StringContent(policies, Encoding.UTF8, "application/yaml"));

    private Task UntilAsync(Func<IServiceProvider, bool> condition) => Scheduler.Queue.UntilAsync(() => condition(_server.Services));

    private Task RecordAsync(string user, string tool, string verdict, string? policy) => _server.Database.ExecuteAsync($$"""
        insert into governance.hook_decisions (id, decided_at, tenant, door, tier, event, tool, verdict, policy, trace, writer, seq, hash, user_id)
        values (gen_random_uuid(), now(), 'tests', 'hook', 'user', 'PreToolUse', '{{tool}}', '{{verdict}}', {{(policy is null ? "null" : $"'{policy}'")}}, '[{"policy":"scope","outcome":"pass","us":1}]', gen_random_uuid(), 1, '', '{{user}}')
        """);
}
