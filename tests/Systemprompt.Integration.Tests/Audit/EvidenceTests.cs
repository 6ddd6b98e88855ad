using System.Text.Json;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>One line of time over calls and decisions, each with its rows' places in the chains.</summary>
public sealed class EvidenceTests : IAsyncLifetime
{
    private AuditTrail _trail = null!;

    public async Task InitializeAsync() => _trail = await AuditTrail.StartAsync();

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task What_happened_is_in_the_order_of_time_with_what_was_decided_and_its_place_in_the_chain()
    {
        var call = await _trail.CallAsync(0, session: "s-1", client: "claude-cli/2.1.0 (external, cli)");
        var decision = await _trail.DecisionAsync(1, tool: "Bash", session: "s-1");

        var entries = (await EvidenceAsync()).EnumerateArray().ToList();

        entries.Select(entry => entry.GetProperty("id").GetGuid()).ShouldBe([call, decision]);
        entries[0].GetProperty("decision").GetString().ShouldBe("allow");
        entries[0].GetProperty("status").GetString().ShouldBe("completed");
        entries[0].GetProperty("input_tokens").GetInt64().ShouldBe(7);
        entries[0].GetProperty("cost_microdollars").GetInt64().ShouldBe(11);
        entries[0].GetProperty("cost_unknown").GetBoolean().ShouldBeFalse();
        entries[1].GetProperty("decision").GetString().ShouldBe("deny");
        entries[1].GetProperty("policy").GetString().ShouldBe("blocklist");
        entries[1].GetProperty("tool").GetString().ShouldBe("Bash");
        entries.ShouldAllBe(entry => entry.GetProperty("session_id").GetString() == "s-1");
        entries[0].GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("table").GetString()).ShouldBe(["ai.requests_opened", "ai.requests_settled"]);
        foreach (var row in entries.SelectMany(entry => entry.GetProperty("rows").EnumerateArray()))
        {
            var (table, writer, seq) = (row.GetProperty("table").GetString(), row.GetProperty("writer").GetGuid(), row.GetProperty("seq").GetInt64());
            (await _trail.Database.ScalarAsync<string>($"select encode(hash, 'hex') from {table} where writer = '{writer}' and seq = {seq}")).ShouldBe(row.GetProperty("hash").GetString());
        }
    }

    [Fact]
    public async Task Each_option_chooses()
    {
        var mine = await _trail.CallAsync(0, user: "alice", session: "s-1", client: "claude-cli/2.1.0", project: "apollo");
        var other = await _trail.CallAsync(1, user: "carol", model: "claude-x", session: "s-2", client: "codex_cli_rs/0.5");
        var bash = await _trail.DecisionAsync(2, tool: "Bash", session: "s-1");
        var read = await _trail.DecisionAsync(3, tool: "Read", session: "s-2", outcome: PolicyOutcome.Pass);

        (await IdsAsync()).ShouldBe([mine, other, bash, read]);
        (await IdsAsync("--user", "carol")).ShouldBe([other]);
        (await IdsAsync("--session", "s-1")).ShouldBe([mine, bash]);
        (await IdsAsync("--tool", "Read")).ShouldBe([read]);
        (await IdsAsync("--model", "claude-x")).ShouldBe([other]);
        (await IdsAsync("--agent", "Claude-CLI")).ShouldBe([mine]);
        (await IdsAsync("--since", "2026-03-01T12:02Z")).ShouldBe([bash, read]);
        (await IdsAsync("--until", "2026-03-01T12:01Z")).ShouldBe([mine]);
        (await IdsAsync("--session", "s-2", "--limit", "1")).ShouldBe([other]);
        (await IdsAsync("--session", "s-3")).ShouldBeEmpty();
        (await IdsAsync("--project", "apollo")).ShouldBe([mine]);
        (await IdsAsync("--session", "s-1", "--tool", "Bash", "--limit", "1")).ShouldBe([bash]);
        (await IdsAsync("--session", "s-1", "--tool", "Read")).ShouldBeEmpty();
        (await IdsAsync("--agent", "codex", "--limit", "1")).ShouldBe([other]);
        (await EvidenceAsync("--project", "apollo"))[0].GetProperty("project").GetString().ShouldBe("apollo");
        (await _trail.RunAsync("infra", "audit", "list", "--project", "apollo", "--json")).Succeeded().Json.EnumerateArray().ShouldHaveSingleItem().GetProperty("project").GetString().ShouldBe("apollo");
        (await _trail.RunAsync("infra", "audit", "show", mine.ToString(), "--json")).Succeeded().Json.GetProperty("project").GetString().ShouldBe("apollo");
    }

    [Fact]
    public async Task A_call_of_a_tool_is_found_at_the_hook_and_in_the_conversation()
    {
        var hook = await _trail.DecisionAsync(0, PolicyOutcome.Pass, toolUse: "toolu_1");
        var brought = await _trail.CallAsync(1, tools: """[{"id":"toolu_1","tool":"Bash"},{"id":"toolu_2","tool":"Read"}]""");
        var other = await _trail.CallAsync(2, tools: """[{"id":"toolu_3","tool":"Bash"},{"id":"call_7"}]""");
        var without = await _trail.CallAsync(3);
        var read = await _trail.DecisionAsync(4, tool: "Read", toolUse: "toolu_4");

        (await IdsAsync("--tool-use", "toolu_1")).ShouldBe([hook, brought]);
        (await IdsAsync("--tool", "Bash")).ShouldBe([hook, brought, other]);
        (await IdsAsync("--tool", "Read", "--tool-use", "toolu_2")).ShouldBe([brought]);
        (await IdsAsync("--tool", "Read", "--tool-use", "toolu_1")).ShouldBeEmpty();
        (await IdsAsync("--tool-use", "call_7", "--limit", "1")).ShouldBe([other]);
        (await IdsAsync("--tool-use", "%")).ShouldBeEmpty();
        (await IdsAsync("--since", "2026-03-01T12:03Z")).ShouldBe([without, read]);

        var entries = (await EvidenceAsync()).EnumerateArray().ToList();
        entries[0].GetProperty("tool_use_id").GetString().ShouldBe("toolu_1");
        entries[1].GetProperty("tools").EnumerateArray().Select(run => (run.GetProperty("id").GetString(), run.GetProperty("tool").GetString())).ShouldBe([("toolu_1", "Bash"), ("toolu_2", "Read")]);
        entries[3].GetProperty("tools").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _trail.RunAsync("infra", "audit", "evidence", "--csv")).Succeeded().Out.Split('\n')[2].ShouldContain("\"\"id\"\": \"\"toolu_1\"\"");
        (await _trail.RunAsync("infra", "audit", "show", $"{hook}", "--json")).Succeeded().Json.GetProperty("tool_use_id").GetString().ShouldBe("toolu_1");
        (await _trail.RunAsync("infra", "audit", "show", $"{brought}", "--json")).Succeeded().Json.GetProperty("tools")[1].GetProperty("id").GetString().ShouldBe("toolu_2");
        var decisions = (await _trail.RunAsync("governance", "decisions", "list", "--json")).Succeeded().Json.EnumerateArray().ToDictionary(row => row.GetProperty("id").GetGuid());
        decisions[read].GetProperty("tool_use_id").GetString().ShouldBe("toolu_4");
        decisions[brought].GetProperty("tools")[0].GetProperty("id").GetString().ShouldBe("toolu_1");
        decisions[without].GetProperty("tools").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Many_findings_in_an_answer_are_kept_as_json()
    {
        var findings = Enumerable.Repeat(new PolicyStep("secret_scan", PolicyOutcome.Warn, 0, "a credential (aws_access_key) stands in the answer\0"), 16).ToList();

        var call = await _trail.CallAsync(0, findings: findings);

        (await _trail.RunAsync("infra", "audit", "show", $"{call}", "--json")).Succeeded().Json.GetProperty("answer_trace").GetArrayLength().ShouldBe(16);
    }

    [Fact]
    public async Task More_than_a_portion_comes_whole_and_in_order()
    {
        var ids = new List<Guid>();
        foreach (var portion in Enumerable.Range(0, 450).Chunk(50)) ids.AddRange(await Task.WhenAll(portion.Select(at => at % 2 == 0 ? _trail.CallAsync(at) : _trail.DecisionAsync(at))));

        var entries = (await EvidenceAsync()).EnumerateArray().ToList();

        entries.Select(entry => entry.GetProperty("id").GetGuid()).ShouldBe(ids);
        entries.ShouldAllBe(entry => entry.GetProperty("rows").GetArrayLength() == (entry.GetProperty("kind").GetString() == "model_call" ? 2 : 1));
    }

    [Fact]
    public async Task The_csv_has_a_header_a_line_each_and_no_formula()
    {
        await _trail.CallAsync(0, user: "=cmd|'/c calc'!A1");
        await _trail.DecisionAsync(1, session: "with, comma");

        var lines = (await _trail.RunAsync("infra", "audit", "evidence", "--csv")).Succeeded().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Length.ShouldBe(3);
        lines[0].ShouldStartWith("time,id,kind,user_id,session_id,");
        lines[1].ShouldContain(",model_call,'=cmd|");
        lines[1].ShouldContain(",7,2,0,0,11,false,trace,,ai.requests_opened:");
        lines[2].ShouldContain("\"with, comma\"");
    }

    [Fact]
    public async Task The_table_says_what_was_decided_and_where_the_rows_stand()
    {
        await _trail.CallAsync(0);
        await _trail.DecisionAsync(1);

        var text = (await _trail.RunAsync("infra", "audit", "evidence", "--limit", "2")).Succeeded();

        text.Out.ShouldContain("call of echo");
        text.Out.ShouldContain("deny by blocklist");
        text.Out.ShouldContain("7/2");
        text.Error.ShouldContain("these are the first 2");
        (await _trail.RunAsync("infra", "audit", "evidence", "--user", "nobody")).Error.Trim().ShouldBe("nothing matches");
    }

    [Theory]
    [InlineData("--csv --json", "two answers")]
    [InlineData("--limit 0", "--limit 0")]
    [InlineData("--limit 10001", "go beyond")]
    [InlineData("--since soon", "--since soon")]
    public async Task A_wrong_call_is_explained(string options, string message)
    {
        var result = await _trail.RunAsync(["infra", "audit", "evidence", .. options.Split(' ')]);

        result.Code.ShouldBe(2);
        result.Error.ShouldContain(message);
    }

    private async Task<List<Guid>> IdsAsync(params string[] options) => [.. (await EvidenceAsync(options)).EnumerateArray().Select(entry => entry.GetProperty("id").GetGuid())];

    private async Task<JsonElement> EvidenceAsync(params string[] options) => (await _trail.RunAsync(["infra", "audit", "evidence", "--json", .. options])).Succeeded().Json;
}
