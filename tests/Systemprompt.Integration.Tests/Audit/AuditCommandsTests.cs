using System.Text.Json;
using Systemprompt.Ai;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Audit;

public sealed class AuditCommandsTests : IAsyncLifetime
{
    private AuditTrail _trail = null!;

    public async Task InitializeAsync() => _trail = await AuditTrail.StartAsync();

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task List_merges_calls_and_decisions_newest_first()
    {
        var first = await _trail.CallAsync(0);
        var second = await _trail.DecisionAsync(1);
        var third = await _trail.CallAsync(2);
        var fourth = await _trail.DecisionAsync(3);

        var listed = (await _trail.RunAsync("infra", "audit", "list", "--json")).Succeeded();
        Ids(listed).ShouldBe([fourth, third, second, first]);
        listed.Error.ShouldBeEmpty();
        Ids(await _trail.RunAsync("infra", "audit", "list", "--json", "--limit", "3")).ShouldBe([fourth, third, second]);
    }

    [Fact]
    public async Task List_for_people_shows_what_matters_on_one_line()
    {
        var call = await _trail.CallAsync(0, cost: 1_234_567);
        var decision = await _trail.DecisionAsync(1);

        var lines = (await _trail.RunAsync("infra", "audit", "list")).Succeeded().Out.Split('\n');
        Words(lines.Single(line => line.Contains($"{call}", StringComparison.Ordinal)))
            .ShouldBe(["2026-03-01", "12:00:00Z", $"{call}", "model_call", "alice", "echo", "completed", "7", "in,", "2", "out", "$1.234567"]);
        Words(lines.Single(line => line.Contains($"{decision}", StringComparison.Ordinal)))
            .ShouldBe(["2026-03-01", "12:01:00Z", $"{decision}", "hook_decision", "bob", "deny", "PreToolUse", "Bash", "by", "blocklist"]);
    }

    [Fact]
    public async Task Filters_choose_by_time_user_model_and_status()
    {
        var early = await _trail.CallAsync(0);
        var other = await _trail.CallAsync(10, user: "carol", model: "claude-x", status: CallStatus.Failed);
        var late = await _trail.DecisionAsync(20, PolicyOutcome.Pass);

        Ids(await ListAsync("--since", "2026-03-01T12:10Z")).ShouldBe([late, other]);
        Ids(await ListAsync("--until", "2026-03-01 12:10:00Z")).ShouldBe([early]);
        Ids(await ListAsync("--since", "2026-03-01T14:05+02:00", "--until", "2026-03-01T12:15")).ShouldBe([other]);
        Ids(await ListAsync("--user", "carol")).ShouldBe([other]);
        Ids(await ListAsync("--model", "echo")).ShouldBe([early]);
        Ids(await ListAsync("--status", "allow")).ShouldBe([late]);
        Ids(await ListAsync("--since", "1h")).ShouldBeEmpty();
        Ids(await ListAsync("--until", "1h")).Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_empty_list_says_so_beside_the_result()
    {
        var text = (await _trail.RunAsync("infra", "audit", "list", "--user", "nobody")).Succeeded();
        text.Error.Trim().ShouldBe("no entries match");

        var json = (await ListAsync("--user", "nobody")).Succeeded();
        json.Error.ShouldBeEmpty();
        json.Json.GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("--since yesterday", "--since yesterday is neither a duration such as 1h or 7d nor a time")]
    [InlineData("--since 12", "--since 12 is neither a duration")]
    [InlineData("--until 2026-13-01", "--until 2026-13-01 is neither a duration")]
    [InlineData("--status complete", "--status complete is none of completed, failed, refused")]
    [InlineData("--since 1h --until 2h", "--since 1h is not before --until 2h")]
    [InlineData("--limit 0", "--limit 0 is not from 1 to 10000")]
    [InlineData("--limit 10001", "'infra audit export' has no limit")]
    public async Task A_filter_that_makes_no_sense_is_a_wrong_call(string options, string message)
    {
        var result = await _trail.RunAsync(["infra", "audit", "list", .. options.Split(' ')]);
        result.Code.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain(message);
    }

    [Fact]
    public async Task Show_is_one_flat_object_of_everything_recorded()
    {
        var call = (await _trail.RunAsync("infra", "audit", "show", $"{await _trail.CallAsync(0)}", "--json")).Succeeded().Json;
        call.GetProperty("kind").GetString().ShouldBe("model_call");
        call.GetProperty("status").GetString().ShouldBe("completed");
        call.GetProperty("created_at").GetDateTimeOffset().ShouldBe(AuditTrail.Start);
        call.GetProperty("tenant").GetString().ShouldBe("tests");
        call.GetProperty("user_id").GetString().ShouldBe("alice");
        call.GetProperty("model").GetString().ShouldBe("echo");
        call.GetProperty("input_tokens").GetInt64().ShouldBe(7);
        call.GetProperty("output_tokens").GetInt64().ShouldBe(2);
        call.GetProperty("cost_microdollars").GetInt64().ShouldBe(11);
        call.GetProperty("stream").GetBoolean().ShouldBeTrue();
        call.GetProperty("latency_ms").GetDecimal().ShouldBe(1000);
        call.GetProperty("trace")[0].GetProperty("policy").GetString().ShouldBe("scope");

        var decision = (await _trail.RunAsync("infra", "audit", "show", $"{await _trail.DecisionAsync(0)}", "--json")).Succeeded().Json;
        decision.GetProperty("kind").GetString().ShouldBe("hook_decision");
        decision.GetProperty("status").GetString().ShouldBe("deny");
        decision.GetProperty("tool").GetString().ShouldBe("Bash");
        decision.GetProperty("cost_microdollars").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Show_for_people_is_a_name_and_a_value_a_line()
    {
        var id = await _trail.CallAsync(0, user: "eve\u001b[2J");

        var text = (await _trail.RunAsync("infra", "audit", "show", $"{id}")).Succeeded().Out;

        var lines = text.Split('\n').Select(line => line.Split("  ", 2)).Where(line => line.Length == 2).ToDictionary(line => line[0], line => line[1].Trim());
        lines["id"].ShouldBe($"{id}");
        lines["created_at"].ShouldBe("2026-03-01T12:00:00Z");
        lines["status"].ShouldBe("completed");
        lines["input_tokens"].ShouldBe("7");
        lines["trace"].Replace(" ", "", StringComparison.Ordinal).ShouldContain("\"policy\":\"scope\"");
        text.ShouldNotContain('\u001b');
        lines["user_id"].ShouldBe("eve\uFFFD[2J");
    }

    [Fact]
    public async Task Show_of_what_is_not_there_fails_and_of_no_id_is_a_wrong_call()
    {
        var unknown = await _trail.RunAsync("infra", "audit", "show", "00000000-0000-0000-0000-00000000abcd", "--json");
        unknown.Code.ShouldBe(1);
        unknown.Out.ShouldBeEmpty();
        unknown.Error.Trim().ShouldBe("there is no audit entry 00000000-0000-0000-0000-00000000abcd; 'infra audit list' shows the newest");

        var wrong = await _trail.RunAsync("infra", "audit", "show", "latest");
        wrong.Code.ShouldBe(2);
        wrong.Error.ShouldStartWith("id latest is not an id such as ");
    }

    [Fact]
    public async Task Export_is_the_whole_range_oldest_first_as_one_document()
    {
        var ids = new List<Guid>();
        for (var at = 0; at < 60; at++) ids.Add(at % 3 == 0 ? await _trail.DecisionAsync(at) : await _trail.CallAsync(at));

        var whole = (await _trail.RunAsync("infra", "audit", "export", "--json")).Succeeded();
        Ids(whole).ShouldBe(ids);
        whole.Json[0].EnumerateObject().Select(member => member.Name).ShouldContain("client_address");
        Ids(await _trail.RunAsync("infra", "audit", "export", "--json", "--since", "2026-03-01T12:50Z", "--model", "echo")).ShouldBe(ids.Where((_, at) => at >= 50 && at % 3 != 0));
        (await _trail.RunAsync("infra", "audit", "export", "--json", "--user", "nobody")).Out.Trim().ShouldBe("[]");
    }

    [Fact]
    public async Task An_unmigrated_database_is_explained()
    {
        await using var empty = await DatabaseFixture.CreateEmptyAsync();
        var result = await new CommandLine(empty.Url).RunAsync("infra", "audit", "list");
        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe("database: relation \"audit.accesses\" does not exist; its schema is not this binary's: 'infra db status' shows how far it is, 'infra db migrate' brings it up");
    }

    private Task<CommandResult> ListAsync(params string[] options) => _trail.RunAsync(["infra", "audit", "list", "--json", .. options]);

    private static List<Guid> Ids(CommandResult result) => [.. result.Succeeded().Json.EnumerateArray().Select(entry => entry.GetProperty("id").GetGuid())];

    private static string[] Words(string line) => line.Split([' ', '│', '|'], StringSplitOptions.RemoveEmptyEntries);
}
