using static Systemprompt.Integration.Tests.JsonFields;

namespace Systemprompt.Integration.Tests.Governance;

/// <summary><c>governance …</c> over recorded verdicts.</summary>
public sealed class GovernanceCommandTests : IAsyncLifetime
{
    private readonly string _file = Path.GetTempFileName();
    private DatabaseFixture _database = null!;
    private CommandLine _commands = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _commands = new CommandLine(_database.Url);
        (await _commands.RunAsync("infra", "db", "migrate")).Succeeded();
        await _database.ExecuteAsync("insert into users.users (tenant, login, kind, tier, roles) values ('tests', 'alice', 'person', 'user', '{}'), ('tests', 'bob', 'person', 'user', '{}'); insert into users.teams (tenant, name) values ('tests', 'research'); insert into users.members (tenant, team, login) values ('tests', 'research', 'alice')");
    }

    public async Task DisposeAsync()
    {
        File.Delete(_file);
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_replay_names_whose_calls_would_be_refused_and_whose_would_pass()
    {
        await RecordAsync(("alice", "Bash", null, "allow", null), ("alice", "Bash", null, "allow", null), ("bob", "Read", null, "allow", null), ("bob", "mcp__crm__delete", null, "deny", "blocklist"), ("bob", "Bash", null, "deny", "secret_scan"));
        await File.WriteAllTextAsync(_file, "governance:\n  blocklist: { tools: [Bash] }\n");

        var replay = (await _commands.RunAsync("governance", "replay", "--policy", _file, "--since", "1h", "--json")).Succeeded().Json;

        (Number(replay, "calls"), Number(replay, "refused"), Number(replay, "passed"), Number(replay, "not_judged")).ShouldBe((5, 2, 1, 1));
        replay.GetProperty("changes").EnumerateArray().Select(row => (row.GetProperty("change").GetString(), row.GetProperty("policy").GetString(), row.GetProperty("user").GetString(), row.GetProperty("tool").GetString(), Number(row, "calls")))
            .ShouldBe([("refused", "blocklist", "alice", "Bash", 2), ("passes", "blocklist", "bob", "mcp__crm__delete", 1)]);
        var told = (await _commands.RunAsync("governance", "replay", "--policy", _file)).Succeeded();
        told.Error.ShouldContain("2 that passed would be refused, 1 that were refused would pass, 1 were refused for what is not recorded");
    }

    [Fact]
    public async Task A_replay_does_not_judge_refusals_for_what_is_not_recorded()
    {
        await RecordAsync(("bob", "Bash", null, "deny", "blocklist"), ("bob", null, "echo", "deny", "blocklist"), ("bob", "mcp__crm__delete", null, "deny", "blocklist"));
        await File.WriteAllTextAsync(_file, "blocklist: { enabled: false }");

        var replay = (await _commands.RunAsync("governance", "replay", "--policy", _file, "--json")).Succeeded().Json;

        (Number(replay, "passed"), Number(replay, "not_judged")).ShouldBe((1, 2));
    }

    [Fact]
    public async Task A_replay_counts_rates_at_the_time_of_the_calls()
    {
        await RecordAsync([.. Enumerable.Range(0, 5).Select(_ => ("alice", (string?)"Read", (string?)null, "allow", (string?)null))]);
        await File.WriteAllTextAsync(_file, "rate: { per_minute: 1, burst: 2 }");

        var replay = (await _commands.RunAsync("governance", "replay", "--policy", _file, "--json")).Succeeded().Json;

        Number(replay, "refused").ShouldBe(3);
        replay.GetProperty("changes")[0].GetProperty("policy").GetString().ShouldBe("rate");
    }

    [Fact]
    public async Task A_replay_judges_the_tools_that_conversations_say_ran()
    {
        await _database.ExecuteAsync("""
            insert into ai.requests_opened (id, opened_at, tenant, tier, trace_id, stream, request_bytes, writer, seq, hash, verdict, trace, user_id, model, tools)
            select gen_random_uuid(), now() - n * interval '1 minute', 'tests', 'user', 't', false, 1, gen_random_uuid(), n, '', 'allow', '[{"policy":"scope","outcome":"pass","us":1}]', 'alice', 'echo',
                   case n when 1 then '[{"id":"toolu_1","tool":"Read"},{"id":"toolu_2","tool":"WebFetch"}]' when 2 then '[{"id":"toolu_3","tool":"Read"}]' end::json
              from generate_series(1, 3) n
            """);
        await File.WriteAllTextAsync(_file, "blocklist: { tools: [WebFetch] }");

        var replay = (await _commands.RunAsync("governance", "replay", "--policy", _file, "--json")).Succeeded().Json;

        (Number(replay, "calls"), Number(replay, "refused"), Number(replay, "not_judged")).ShouldBe((3, 1, 0));
        var change = replay.GetProperty("changes").EnumerateArray().ShouldHaveSingleItem();
        (change.GetProperty("policy").GetString(), change.GetProperty("tool").GetString(), change.GetProperty("model").GetString()).ShouldBe(("blocklist", "WebFetch", "echo"));
    }

    [Theory]
    [InlineData("blocklst: { tools: [a] }", ":1:1: unknown key 'blocklst', did you mean 'blocklist'?")]
    [InlineData("blocklist:\n  tools: { a: b }", ":2:10: governance.blocklist.tools: must be a list")]
    [InlineData("- a", ":1:1: not a mapping")]
    public async Task A_file_that_is_wrong_is_named_with_the_place(string yaml, string fault)
    {
        await File.WriteAllTextAsync(_file, yaml);
        var run = await _commands.RunAsync("governance", "replay", "--policy", _file);
        run.Code.ShouldBe(1);
        run.Error.ShouldContain(_file + fault);
    }

    [Fact]
    public async Task Decisions_are_found_by_what_they_say_and_by_what_was_only_observed()
    {
        await RecordAsync(("alice", "Bash", null, "allow", null), ("bob", null, "echo", "limit", "rate"));
        await _database.ExecuteAsync("""
            insert into governance.hook_decisions (id, decided_at, tenant, door, tier, verdict, trace, writer, seq, hash, user_id)
            values (gen_random_uuid(), now(), 'tests', 'hook', 'user', 'allow', '[{"policy":"blocklist","outcome":"deny","observed":true,"reason":"no","us":1}]', gen_random_uuid(), 1, '', 'carol')
            """);

        (await FoundAsync("--user", "bob")).ShouldBe(["bob"]);
        (await FoundAsync("--verdict", "limit", "--policy", "rate")).ShouldBe(["bob"]);
        (await FoundAsync("--remarked")).ShouldBe(["carol"]);
        (await FoundAsync("--policy", "blocklist")).ShouldBe(["carol"]);
        (await FoundAsync()).Order().ShouldBe(["alice", "bob", "carol"]);
        (await _commands.RunAsync("governance", "decisions", "list", "--verdict", "maybe")).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Tools_without_a_hook_and_sessions_without_the_gateway_are_found()
    {
        await _database.ExecuteAsync("""
            insert into ai.requests_opened (id, opened_at, tenant, tier, trace_id, session_id, stream, request_bytes, writer, seq, hash, verdict, trace, user_id, tools)
            values (gen_random_uuid(), now(), 'tests', 'user', 't', 'both', false, 1, gen_random_uuid(), 1, '', 'allow', '[]', 'alice', '[{"id":"toolu_1","tool":"Bash"},{"id":"toolu_2","tool":"Edit"}]'),
                   (gen_random_uuid(), now(), 'tests', 'user', 't', 'both', false, 1, gen_random_uuid(), 2, '', 'allow', '[]', 'alice', '[{"id":"toolu_2","tool":"Edit"}]');
            insert into governance.hook_decisions (id, decided_at, tenant, door, tier, event, tool, tool_use_id, session_id, verdict, trace, writer, seq, hash, user_id)
            values (gen_random_uuid(), now(), 'tests', 'hook', 'user', 'PreToolUse', 'Bash', 'toolu_1', 'both', 'allow', '[]', gen_random_uuid(), 1, '', 'alice'),
                   (gen_random_uuid(), now(), 'tests', 'track', 'user', 'PreToolUse', 'Edit', 'toolu_2', 'both', 'allow', '[]', gen_random_uuid(), 1, '', 'alice'),
                   (gen_random_uuid(), now(), 'tests', 'hook', 'user', 'PreToolUse', 'Read', 'toolu_9', 'past', 'allow', '[]', gen_random_uuid(), 1, '', 'bob')
            """);

        var gaps = (await _commands.RunAsync("governance", "coverage", "--json")).Succeeded().Json.EnumerateArray().Select(row => (
            row.GetProperty("gap").GetString(), row.GetProperty("user").GetString(), row.GetProperty("session").GetString(), Number(row, "tools"), row.GetProperty("names").GetString())).ToList();

        gaps.ShouldBe([("no_gateway", "bob", "past", 1, "Read"), ("no_hook", "alice", "both", 1, "Edit")], ignoreOrder: true);
    }

    [Fact]
    public async Task Policies_are_listed_as_they_are_now()
    {
        (await _commands.RunAsync("admin", "config", "set", "governance.modes", "{ rate: observe }")).Succeeded();
        (await _commands.RunAsync("admin", "config", "set", "governance.blocklist.enabled", "false")).Succeeded();
        (await _commands.RunAsync("admin", "config", "set", "governance.order", "{ rate: 10 }")).Succeeded();
        var rows = (await _commands.RunAsync("governance", "policies", "list", "--json")).Succeeded().Json.EnumerateArray().ToList();
        rows.Select(row => (row.GetProperty("name").GetString(), row.GetProperty("on").GetBoolean(), row.GetProperty("mode").GetString())).ShouldBe(
            [("rate", true, "observe"), ("models", false, "enforce"), ("scope", true, "enforce"), ("secret_scan", true, "enforce"), ("blocklist", false, "enforce")]);
    }

    [Fact]
    public async Task Who_may_use_a_model_is_said_with_the_rule()
    {
        (await _commands.RunAsync("admin", "config", "set", "governance.models", "{ default: deny, rules: [{ models: [big-*], effect: allow, teams: [research] }] }")).Succeeded();
        var alice = (await _commands.RunAsync("governance", "models", "test", "big-one", "--user", "alice", "--json")).Succeeded().Json;
        alice.GetProperty("by").GetString().ShouldBe("allow big-*");
        alice.GetProperty("teams")[0].GetString().ShouldBe("research");
        (await _commands.RunAsync("governance", "models", "test", "big-one", "--user", "bob")).Code.ShouldBe(1);

        // What a policy only observes is open.
        (await _commands.RunAsync("admin", "config", "set", "governance.modes", "{ models: observe }")).Succeeded();
        var bob = (await _commands.RunAsync("governance", "models", "test", "big-one", "--user", "bob", "--json")).Succeeded().Json;
        bob.GetProperty("allowed").GetBoolean().ShouldBeTrue();
        bob.GetProperty("by").GetString().ShouldBe("governance.models.default, which is only observed (governance.modes)");
    }

    [Fact]
    public async Task A_route_name_opens_no_model_that_is_closed()
    {
        (await _commands.RunAsync("admin", "config", "set", "ai.routes.quick", "{ models: [quick], to: [echo/echo] }")).Succeeded();
        (await _commands.RunAsync("governance", "models", "test", "quick", "--user", "bob")).Succeeded();
        (await _commands.RunAsync("admin", "config", "set", "governance.models.rules", "[{ models: [ec*], effect: deny }]")).Succeeded();

        var run = await _commands.RunAsync("governance", "models", "test", "quick", "--user", "bob", "--json");

        run.Code.ShouldBe(1);
        run.Json.GetProperty("by").GetString().ShouldBe("deny ec* (of echo, which this name stands for)");
    }

    [Fact]
    public async Task Kinds_of_credentials_are_those_of_now()
    {
        await File.WriteAllTextAsync(_file, "key: ghp_Zk3vQ9xT1mB7nR5wY2cL8dH4jF6gS0aP3eUo");
        var rule = (await _commands.RunAsync("governance", "rules", "test", _file, "--json")).Json[0].GetProperty("rule").GetString()!;
        (await _commands.RunAsync("admin", "config", "set", "governance.secret_scan.disabled", $"[{rule}]")).Succeeded();

        (await KindsAsync()).ShouldNotContain(rule);
        (await KindsAsync("--offline")).ShouldContain(rule);
        (await IsOnAsync()).ShouldBeFalse();
        (await IsOnAsync("--offline")).ShouldBeTrue();

        async Task<IReadOnlyList<string?>> KindsAsync(params string[] options) =>
            [.. (await _commands.RunAsync(["governance", "rules", "test", _file, "--json", .. options])).Json.EnumerateArray().Select(row => row.GetProperty("rule").GetString())];

        async Task<bool> IsOnAsync(params string[] options) =>
            (await _commands.RunAsync(["governance", "rules", "list", "--json", .. options])).Succeeded().Json.EnumerateArray().Single(row => row.GetProperty("id").GetString() == rule).GetProperty("on").GetBoolean();
    }

    [Fact]
    public async Task A_file_is_searched_without_its_text_being_shown()
    {
        const string secret = "ghp_Zk3vQ9xT1mB7nR5wY2cL8dH4jF6gS0aP3eUo";
        await File.WriteAllTextAsync(_file, $"first\n  key: {secret}\n");
        var run = await _commands.RunAsync("governance", "rules", "test", _file, "--json");
        run.Code.ShouldBe(1);
        run.Out.ShouldNotContain(secret[8..]);
        (Number(run.Json[0], "line"), Number(run.Json[0], "column"), Number(run.Json[0], "length")).ShouldBe((2, 8, 40));
        await File.WriteAllTextAsync(_file, "nothing");
        (await _commands.RunAsync("governance", "rules", "test", _file)).Succeeded();
        (await _commands.RunAsync("governance", "rules", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBeGreaterThan(150);
    }

    private async Task<IReadOnlyList<string?>> FoundAsync(params string[] options) =>
        [.. (await _commands.RunAsync(["governance", "decisions", "list", "--json", .. options])).Succeeded().Json.EnumerateArray().Select(row => row.GetProperty("user").GetString())];

    private async Task RecordAsync(params (string User, string? Tool, string? Model, string Verdict, string? Policy)[] rows)
    {
        var at = 0;
        foreach (var (user, tool, model, verdict, policy) in rows)
            await _database.ExecuteAsync($$"""
                insert into governance.hook_decisions (id, decided_at, tenant, door, tier, event, tool, model, verdict, policy, trace, writer, seq, hash, user_id)
                values (gen_random_uuid(), now() - interval '10 minutes' + interval '{{at++}} milliseconds', 'tests', '{{(tool is null ? "model" : "hook")}}', 'user', 'PreToolUse', {{Text(tool)}}, {{Text(model)}}, '{{verdict}}', {{Text(policy)}},
                        '[{"policy":"scope","outcome":"pass","us":1}]', gen_random_uuid(), {{at}}, '', '{{user}}')
                """);

        static string Text(string? value) => value is null ? "null" : $"'{value}'";
    }
}
