using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Governance;

public sealed class PolicyEngineTests
{
    [Fact]
    public async Task The_first_refusal_wins_and_the_trace_shows_what_ran()
    {
        var decision = await Engine(("b", 20, PolicyVerdict.Deny("no")), ("a", 10, PolicyVerdict.Pass), ("c", 30, PolicyVerdict.Deny("too late")))
            .EvaluateAsync(Call(), default);

        decision.Outcome.ShouldBe(PolicyOutcome.Deny);
        (decision.Policy, decision.Reason).ShouldBe(("b", "no"));
        decision.Trace.Select(step => step.Policy).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_policy_that_throws_refuses()
    {
        var engine = Engine(new GovernanceSettings(), new PolicyRegistration("broken", 1, _ => new Broken()));
        var decision = await engine.EvaluateAsync(Call(), default);

        decision.Outcome.ShouldBe(PolicyOutcome.Deny);
        decision.Reason!.ShouldContain("broken");
        decision.Reason!.ShouldNotContain("inner detail");
    }

    [Fact]
    public async Task A_limit_carries_when_to_ask_again()
    {
        var decision = await Engine(("rate", 1, PolicyVerdict.Limit("slow down", TimeSpan.FromSeconds(3)))).EvaluateAsync(Call(), default);
        (decision.Outcome, decision.RetryAfter).ShouldBe((PolicyOutcome.Limit, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task A_policy_that_observes_refuses_nothing_and_the_trace_says_what_it_would_have()
    {
        var settings = new GovernanceSettings { Modes = new Dictionary<string, PolicyMode> { ["a"] = PolicyMode.Observe } };
        var decision = await Engine(settings, Registration("a", 1, PolicyVerdict.Deny("not here")), Registration("b", 2, PolicyVerdict.Limit("slow down", TimeSpan.FromSeconds(1)))).EvaluateAsync(Call(), default);

        (decision.Outcome, decision.Policy).ShouldBe((PolicyOutcome.Limit, "b"));
        decision.Trace.Select(step => (step.Policy, step.Outcome, step.Observed, step.Remark)).ShouldBe([("a", PolicyOutcome.Deny, true, "not here"), ("b", PolicyOutcome.Limit, false, null)]);
        Encoding.UTF8.GetString(DecisionTrace.Bytes(decision.Trace)).ShouldContain("""{"policy":"a","outcome":"deny","observed":true,"reason":"not here","us":""");
    }

    [Fact]
    public async Task The_profile_can_put_a_policy_elsewhere()
    {
        var settings = new GovernanceSettings { Order = new Dictionary<string, int> { ["late"] = 5 } };
        var decision = await Engine(settings, Registration("late", 100, PolicyVerdict.Pass), Registration("early", 10, PolicyVerdict.Pass)).EvaluateAsync(Call(), default);
        decision.Trace.Select(step => step.Policy).ShouldBe(["late", "early"]);
    }

    [Fact]
    public async Task What_a_policy_writes_anew_is_what_the_next_ones_judge()
    {
        var next = new Recording();
        var decision = await Engine(new GovernanceSettings(), Registration("a", 1, PolicyVerdict.Rewrite("[1]"u8.ToArray(), "changed")), new PolicyRegistration("b", 2, _ => next)).EvaluateAsync(Call(), default);

        (decision.Allowed, Encoding.UTF8.GetString(decision.Content!.Value.Span)).ShouldBe((true, "[1]"));
        next.Seen.ShouldBe("[1]");
        decision.Trace[0].ShouldBe(decision.Trace[0] with { Outcome = PolicyOutcome.Warn, Remark = "changed" });
    }

    [Fact]
    public async Task A_hook_event_cannot_be_written_anew_so_it_is_refused()
    {
        var decision = await Engine(("a", 1, PolicyVerdict.Rewrite("[1]"u8.ToArray(), "changed"))).EvaluateAsync(Call(PolicyDoor.Hook), default);
        (decision.Outcome, decision.Reason, decision.Content).ShouldBe((PolicyOutcome.Deny, "changed", null));
    }

    [Fact]
    public async Task A_policy_that_observes_writes_nothing_anew_and_the_trace_does_not_say_it_did()
    {
        var settings = new GovernanceSettings { Modes = new Dictionary<string, PolicyMode> { ["a"] = PolicyMode.Observe } };

        var call = await Engine(settings, Registration("a", 1, PolicyVerdict.Rewrite("[1]"u8.ToArray(), "redacted: x"))).EvaluateAsync(Call(), default);
        var hook = await Engine(settings, Registration("a", 1, PolicyVerdict.Rewrite("[1]"u8.ToArray(), "redacted: x"))).EvaluateAsync(Call(PolicyDoor.Hook), default);

        (call.Allowed, call.Content).ShouldBe((true, null));
        call.Trace[0].ShouldBe(call.Trace[0] with { Outcome = PolicyOutcome.Warn, Observed = true, Remark = "would change the call (redacted: x)" });
        hook.Allowed.ShouldBeTrue();
        hook.Trace[0].ShouldBe(hook.Trace[0] with { Outcome = PolicyOutcome.Deny, Observed = true, Remark = "redacted: x" });
    }

    private static PolicyEngine Engine(params (string Name, int Order, PolicyVerdict Verdict)[] chain) =>
        Engine(new GovernanceSettings(), [.. chain.Select(link => Registration(link.Name, link.Order, link.Verdict))]);

    private static PolicyEngine Engine(GovernanceSettings settings, params PolicyRegistration[] registrations)
    {
        var chain = PolicyChain.Build(registrations, null!, settings);
        return new PolicyEngine(() => chain, TimeProvider.System, NullLogger<PolicyEngine>.Instance);
    }

    private static PolicyRegistration Registration(string name, int order, PolicyVerdict verdict) => new(name, order, _ => new Fixed(verdict));

    private static PolicyCall Call(PolicyDoor door = PolicyDoor.Model) => new()
    {
        Id = Guid.CreateVersion7(), Door = door, Principal = Principal.Anonymous, ReceivedAt = DateTimeOffset.UnixEpoch, Content = Encoding.UTF8.GetBytes("{}"),
    };

    private sealed class Fixed(PolicyVerdict verdict) : IPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(verdict);
    }

    private sealed class Recording : IPolicy
    {
        public string? Seen { get; private set; }

        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
        {
            Seen = Encoding.UTF8.GetString(call.Content.Span);
            return new(PolicyVerdict.Pass);
        }
    }

    private sealed class Broken : IPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => throw new InvalidOperationException("inner detail");
    }
}
