using Systemprompt.Governance;
using Systemprompt.Governance.Replay;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Governance;

public sealed class PolicyReplayTests
{
    private static readonly DateTime Noon = new(2026, 3, 4, 12, 0, 0, DateTimeKind.Utc);

    private static readonly GovernanceSettings Nothing = new()
    {
        Models = new ModelPolicySettings { Enabled = false }, Scope = new ScopePolicySettings { Enabled = false }, Blocklist = new BlocklistSettings { Enabled = false },
    };

    [Theory]
    [InlineData("blocklist", "mcp__crm__delete", null, true)]
    [InlineData("blocklist", "Bash", null, false)] // for its input
    [InlineData("blocklist", null, "haiku", false)] // for a tool in the conversation
    [InlineData("models", null, "opus", true)]
    [InlineData("models", null, "quick", false)] // for what the name stands for
    [InlineData("scope", "mcp__systemprompt__users", null, true)]
    [InlineData("scope", "mcp__payments__send", null, false)] // for the scope of the token
    [InlineData("secret_scan", "Read", null, false)]
    public async Task A_refusal_is_judged_again_where_it_hung_on_what_is_recorded(string policy, string? tool, string? model, bool judged)
    {
        var replay = await JudgedAsync(Current(), Nothing, Line(policy, tool, model));

        (replay.Calls, replay.Refused, replay.Passed, replay.NotJudged).ShouldBe((1, 0, judged ? 1 : 0, judged ? 0 : 1));
        replay.Groups.Count.ShouldBe(judged ? 1 : 0);
    }

    [Fact]
    public async Task A_refusal_of_a_policy_that_only_observes_by_now_is_judged_again()
    {
        var current = Current() with { Modes = new Dictionary<string, PolicyMode> { ["blocklist"] = PolicyMode.Observe } };

        (await JudgedAsync(current, Nothing, Line("blocklist", "mcp__crm__delete", null))).Passed.ShouldBe(1);
    }

    [Fact]
    public async Task A_limit_is_judged_again_after_the_calls_that_used_it_up()
    {
        var current = Nothing with { Rate = new RatePolicySettings { PerMinute = 1, Burst = 2 } };
        DecisionLine[] lines = [Line(null, "Read", null), Line(null, "Read", null), Line("rate", "Read", null)];

        (await JudgedAsync(current, Nothing, lines)).Passed.ShouldBe(1);
        // The calls before it are not there, so nobody knows what had used it up.
        (await JudgedAsync(current, Nothing, lines[2])).NotJudged.ShouldBe(1);
    }

    [Fact]
    public async Task A_call_that_was_refused_before_the_rate_used_nothing_of_it_up()
    {
        var current = Nothing with { Rate = new RatePolicySettings { PerMinute = 1, Burst = 2 } };

        (await JudgedAsync(current, Nothing, Line("secret_scan", "Read", null), Line("secret_scan", "Read", null), Line("rate", "Read", null))).NotJudged.ShouldBe(3);
    }

    [Fact]
    public async Task A_model_call_is_judged_by_the_tools_that_ran_and_counted_by_the_first_that_is_blocked()
    {
        var changed = Nothing with { Blocklist = new BlocklistSettings { Tools = ["WebFetch", "mcp__*"] } };
        var fetched = Line(null, null, "haiku") with { Ran = """[{"id":"a","tool":"Read"},{"id":"b","tool":"WebFetch"},{"id":"c","tool":"mcp__crm__delete"}]""" };
        var again = Line(null, null, "haiku") with { Ran = """[{"id":"d","tool":"WebFetch"},{"id":"e"}]""" };
        var read = Line(null, null, "haiku") with { Ran = """[{"id":"f","tool":"Read"}]""" };

        var replay = await JudgedAsync(Current(), changed, fetched, again, read, Line(null, null, "haiku"), fetched with { Tier = "admin" });

        (replay.Calls, replay.Refused).ShouldBe((5, 2));
        var group = replay.Groups.ShouldHaveSingleItem();
        (group.Change, group.Policy, group.Tool, group.Model, group.Calls).ShouldBe(("refused", "blocklist", "WebFetch", "haiku", 2));
    }

    [Fact]
    public async Task A_model_call_refused_for_a_tool_that_ran_would_pass_without_the_blocklist()
    {
        var refused = Line("blocklist", null, "haiku") with { Ran = """[{"id":"a","tool":"mcp__crm__delete"}]""" };

        var replay = await JudgedAsync(Current(), Nothing, refused, Line("blocklist", null, "haiku") with { Ran = """[{"id":"b","tool":"Read"}]""" });

        (replay.Passed, replay.NotJudged).ShouldBe((1, 1));
        replay.Groups.ShouldHaveSingleItem().Tool.ShouldBe("mcp__crm__delete");
    }

    private static GovernanceSettings Current() => new()
    {
        Models = new ModelPolicySettings { Rules = [new ModelRule { Models = ["opus"], Effect = ModelEffect.Deny }] },
        Scope = new ScopePolicySettings { Rules = [.. new ScopePolicySettings().Rules, new ScopeRule { Tools = ["mcp__payments__*"], Scope = "payments" }] },
    };

    private static DecisionLine Line(string? refusedBy, string? tool, string? model) => new()
    {
        Id = Guid.CreateVersion7(), At = Noon, Door = tool is null ? "model" : "hook", User = "bob", Tier = "user", Tool = tool, Model = model,
        Verdict = refusedBy switch { null => "allow", "rate" => "limit", _ => "deny" }, Policy = refusedBy,
    };

    private static async Task<PolicyReplay> JudgedAsync(GovernanceSettings current, GovernanceSettings changed, params DecisionLine[] lines)
    {
        var profile = new Profile(ProfileLoader.Parse("test", "test/profile.yaml", "tenant: acme\n", [SettingsSection.Of<RateLimitSettings>("rate_limits", RateLimitSettings.Validate)], _ => null));
        var replay = new PolicyReplay(current, changed, profile, new Memberships());
        foreach (var line in lines) await replay.JudgeAsync(line, default);
        return replay;
    }
}
