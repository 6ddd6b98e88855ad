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
        var engine = new PolicyEngine([new("broken", 1, _ => new Broken())], null!, TimeProvider.System, NullLogger<PolicyEngine>.Instance);
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

    private static PolicyEngine Engine(params (string Name, int Order, PolicyVerdict Verdict)[] chain) =>
        new(chain.Select(link => new PolicyRegistration(link.Name, link.Order, _ => new Fixed(link.Verdict))), null!, TimeProvider.System, NullLogger<PolicyEngine>.Instance);

    private static PolicyCall Call() => new()
    {
        Id = Guid.CreateVersion7(), Door = PolicyDoor.Model, Principal = Principal.Anonymous, ReceivedAt = DateTimeOffset.UnixEpoch, Content = Encoding.UTF8.GetBytes("{}"),
    };

    private sealed class Fixed(PolicyVerdict verdict) : IPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(verdict);
    }

    private sealed class Broken : IPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => throw new InvalidOperationException("inner detail");
    }
}
