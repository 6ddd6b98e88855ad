using System.Buffers;
using System.Net;
using System.Text;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Governance.Secrets;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Governance;

public sealed class HookTests
{
    private static readonly string Secret = SecretScannerTests.Sample(SecretRules.All.First(rule => rule.Id == "anthropic_key"), 40, seed: 7);

    [Theory]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s1","tool_name":"Bash","tool_input":{"command":"ls"}}""")]
    [InlineData("""{"hook_event_name":"UserPromptSubmit","prompt":"hello"}""")]
    [InlineData("""{"hook_event_name":"PreToolUse"}""")]
    [InlineData("""{"hook_event_name":"SomethingNew","whatever":[1,2,{"deep":null}]}""")]
    [InlineData("""{"tool_name":"Read","tool_input":{},"unknown":true}""")]
    [InlineData("""{"hook_event_name":null,"session_id":7,"tool_name":[]}""")]
    [InlineData("{}")]
    public async Task No_objection_is_an_empty_object_with_its_row(string json)
    {
        await using var door = await HookFixture.StartAsync();

        var (response, answer) = await door.SendAsync(json);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.GetRawText().ShouldBe("{}");
        response.Headers.GetValues("x-audit-id").ShouldHaveSingleItem().ShouldBe(door.Row.Id.ToString());
        door.Row.Outcome.ShouldBe(PolicyOutcome.Pass);
        door.Row.UserId.ShouldBe("alice");
    }

    [Fact]
    public async Task A_blocked_tool_is_denied_in_the_clients_words()
    {
        await using var door = await HookFixture.StartAsync();

        var (response, answer) = await door.SendAsync("""{"hook_event_name":"PreToolUse","session_id":"s1","tool_name":"Bash","tool_input":{"command":"rm -r /"}}""");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var output = answer.GetProperty("hookSpecificOutput");
        output.GetProperty("hookEventName").GetString().ShouldBe("PreToolUse");
        output.GetProperty("permissionDecision").GetString().ShouldBe("deny");
        output.GetProperty("permissionDecisionReason").GetString()!.ShouldContain("blocklist");
        door.Row.ShouldSatisfyAllConditions(
            row => row.Policy.ShouldBe("blocklist"), row => row.Tool.ShouldBe("Bash"), row => row.SessionId.ShouldBe("s1"), row => row.Event.ShouldBe("PreToolUse"));
    }

    [Fact]
    public async Task A_prompt_with_a_credential_is_blocked_and_the_credential_recorded_nowhere()
    {
        await using var door = await HookFixture.StartAsync();

        var (_, answer) = await door.SendAsync($$"""{"hook_event_name":"UserPromptSubmit","session_id":"{{Secret}}","prompt":"use {{Secret}}"}""");

        answer.GetProperty("decision").GetString().ShouldBe("block");
        answer.GetRawText().ShouldNotContain(Secret[10..]);
        door.Row.Policy.ShouldBe("secret_scan");
        door.Row.SessionId.ShouldBe("[redacted]");
    }

    [Theory]
    [InlineData("")]
    [InlineData("governance: { modes: { scope: observe } }")]
    public async Task A_credential_in_a_tools_name_stands_neither_in_the_reason_nor_in_a_remark(string yaml)
    {
        await using var door = await HookFixture.StartAsync(yaml);

        await door.SendAsync($$"""{"hook_event_name":"PreToolUse","tool_name":"mcp__systemprompt__x-{{Secret}}","tool_input":{} }""");

        door.Row.Trace[0].Policy.ShouldBe("scope");
        door.Row.Tool.ShouldBe("[redacted]");
        door.Row.Trace.Select(step => step.Remark).Append(door.Row.Reason).ShouldContain(said => said != null && said.Contains(Secret, StringComparison.Ordinal));
        Written(door.Row).ShouldContain("[redacted]");
        Written(door.Row).ShouldNotContain(Secret);
    }

    [Fact]
    public void What_a_row_keeps_of_a_reason_is_searched_before_it_is_cut()
    {
        var row = Written(new DecisionRow
        {
            Id = Guid.CreateVersion7(), DecidedAt = DateTimeOffset.UnixEpoch, Tenant = "t", Door = PolicyDoor.Model, Tier = Tier.User, Outcome = PolicyOutcome.Deny,
            Reason = new string('n', 2030) + " " + Secret,
            Trace = [new PolicyStep("a", PolicyOutcome.Warn, 1, new string('n', 500) + " " + Secret)],
        });

        row.ShouldNotContain(Secret[..10]);
    }

    [Fact]
    public async Task A_permission_request_is_denied_in_its_own_form()
    {
        await using var door = await HookFixture.StartAsync();

        var (_, answer) = await door.SendAsync("""{"hook_event_name":"PermissionRequest","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}""");

        answer.GetProperty("hookSpecificOutput").GetProperty("decision").GetProperty("behavior").GetString().ShouldBe("deny");
    }

    [Theory]
    [InlineData("Stop")]
    [InlineData("PostToolUse")]
    public async Task What_has_happened_already_is_recorded_and_never_held_back(string hookEvent)
    {
        await using var door = await HookFixture.StartAsync();

        var (_, answer) = await door.SendAsync("""{"hook_event_name":"EVENT","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}""".Replace("EVENT", hookEvent));

        answer.GetRawText().ShouldBe("{}");
        door.Row.Event.ShouldBe(hookEvent);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}""")]
    public async Task An_event_that_cannot_be_read_is_refused_for_whatever_it_was(string json)
    {
        await using var door = await HookFixture.StartAsync();

        var (response, answer) = await door.SendAsync(json);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("hookSpecificOutput").GetProperty("permissionDecision").GetString().ShouldBe("deny");
        door.Row.Policy.ShouldBe("event_invalid");
    }

    [Fact]
    public async Task A_field_that_stands_twice_is_refused()
    {
        await using var door = await HookFixture.StartAsync();

        await door.SendAsync("""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"},"tool_input":{"command":"rm -rf /"}}""");

        door.Row.Policy.ShouldBe("event_invalid");
    }

    [Theory]
    [InlineData("PreToolUse")]
    [InlineData("UserPromptSubmit")]
    public async Task An_event_over_the_limit_is_refused_in_its_own_form(string hookEvent)
    {
        await using var door = await HookFixture.StartAsync("governance: { hook_max_body: 4KB }");

        var (response, answer) = await door.SendAsync("""{"hook_event_name":"EVENT","tool_name":"Write","tool_input":{"content":"LONG"}}""".Replace("EVENT", hookEvent).Replace("LONG", new string('x', 40_000_000)));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var reason = hookEvent == "PreToolUse" ? answer.GetProperty("hookSpecificOutput").GetProperty("permissionDecisionReason") : answer.GetProperty("reason");
        reason.GetString()!.ShouldContain("governance.hook_max_body");
        door.Row.Policy.ShouldBe("event_unread");
    }

    [Theory]
    [InlineData("PreToolUse")]
    [InlineData("PostToolUse")]
    [InlineData("SomethingNew")]
    public async Task The_door_that_records_asks_nobody_and_holds_nothing_back(string name)
    {
        await using var door = await HookFixture.StartAsync();
        using var response = await door.Client.PostAsync("/api/v1/hooks/track", new StringContent(
            $$$"""{"hook_event_name":"{{{name}}}","tool_name":"mcp__crm__delete","tool_use_id":"toolu_1","session_id":"s","tool_input":{"command":"rm -rf /"}}""", System.Text.Encoding.UTF8, "application/json"));

        (response.StatusCode, await response.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.OK, "{}"));
        (door.Row.IsTracked, door.Row.Event, door.Row.Tool, door.Row.ToolUseId, door.Row.Outcome, door.Row.Trace.Count).ShouldBe((true, name, "mcp__crm__delete", "toolu_1", PolicyOutcome.Pass, 0));
    }

    [Fact]
    public async Task What_the_kernel_refused_is_said_with_200()
    {
        await using var door = await HookFixture.StartAsync();
        door.Pending = new PendingRefusal(401, "token_expired", "the token has expired; ask for a new one");

        var (response, answer) = await door.SendAsync("""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}""");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("hookSpecificOutput").GetProperty("permissionDecisionReason").GetString()!.ShouldContain("expired");
        door.Row.Policy.ShouldBe("token_expired");
        door.Row.UserId.ShouldBeNull();
    }

    [Fact]
    public async Task A_limit_says_when_to_try_again()
    {
        await using var door = await HookFixture.StartAsync("governance: { rate: { per_minute: 1, burst: 1 } }");

        await door.SendAsync("""{"hook_event_name":"UserPromptSubmit","prompt":"one"}""");
        var (_, answer) = await door.SendAsync("""{"hook_event_name":"UserPromptSubmit","session_id":"another","prompt":"two"}""");

        answer.GetProperty("reason").GetString()!.ShouldContain("try again in 60 s");
        door.Audit.Rows.OfType<DecisionRow>().Last().Outcome.ShouldBe(PolicyOutcome.Limit);
    }

    [Fact]
    public async Task Without_an_audit_trail_nothing_runs()
    {
        await using var door = await HookFixture.StartAsync();
        door.Audit.Refuse<DecisionRow>();

        var (response, answer) = await door.SendAsync("""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}""");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.Contains("x-audit-id").ShouldBeFalse();
        answer.GetProperty("hookSpecificOutput").GetProperty("permissionDecision").GetString().ShouldBe("deny");
    }

    [Theory]
    [InlineData("address_rate_limited", 429)]
    [InlineData("not_ready", 503)]
    public async Task A_flood_or_a_start_leaves_no_rows(string code, int status)
    {
        await using var door = await HookFixture.StartAsync();
        door.Pending = new PendingRefusal(status, code, "wait", TimeSpan.FromSeconds(1));

        var (response, answer) = await door.SendAsync("""{"hook_event_name":"UserPromptSubmit","prompt":"x"}""");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("decision").GetString().ShouldBe("block");
        door.Audit.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_policy_left_out_by_the_profile_is_not_asked()
    {
        await using var door = await HookFixture.StartAsync("governance: { blocklist: { enabled: false } }");

        await door.SendAsync("""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}""");

        door.Row.Trace.Select(step => step.Policy).ShouldBe(["scope", "secret_scan", "rate"]);
    }

    [Theory]
    [InlineData("""{"hook_event_name":"Pre\u0000Tool","tool_name":"\ud800","session_id":"\udfff","tool_input":{"a":"\u0000"}}""")]
    [InlineData("""{"hook_event_name":"PreToolUse","\ud800ool_name":1,"\udc00":{"tool_name":2},"tool_name":"Read","tool_input":{}}""")]
    public async Task Half_characters_and_nul_do_no_harm(string json)
    {
        await using var door = await HookFixture.StartAsync();

        (await door.SendAsync(json)).Response.StatusCode.ShouldBe(HttpStatusCode.OK);
        door.Row.Outcome.ShouldBe(PolicyOutcome.Pass);
    }

    /// <summary>The row as the database is sent it.</summary>
    private static string Written(DecisionRow row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var tuple = new CopyTuple(buffer);
        row.Write(ref tuple);
        row.WritePersonal(ref tuple);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
