using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Governance;

/// <summary>Runs the chain: in order, first refusal wins, every step traced. A policy that throws refuses; one that only observes never does.</summary>
internal sealed partial class PolicyEngine(Func<PolicyChain> chain, TimeProvider clock, ILogger<PolicyEngine> logger) : IPolicyEngine
{
    public async ValueTask<PolicyDecision> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        using var span = GovernanceMetrics.Source.Child("policies");
        var began = clock.GetTimestamp();
        var decision = await RunAsync(chain().Links, call, cancellationToken);
        if (GovernanceMetrics.IsCounted) GovernanceMetrics.Decided(call.Door, decision, clock.GetElapsedTime(began));
        span?.SetTag("systemprompt.verdict", DecisionRow.Verdict(decision.Outcome));
        span?.SetTag("systemprompt.policy", decision.Policy);
        return decision;
    }

    public AnswerGuard? Watch(PolicyCall call)
    {
        var current = chain();
        return current.ReadsAnswers ? AnswerGuard.Of(current.Links, call, logger) : null;
    }

    private async ValueTask<PolicyDecision> RunAsync(IReadOnlyList<PolicyChain.Link> links, PolicyCall call, CancellationToken cancellationToken)
    {
        var trace = ImmutableArray.CreateBuilder<PolicyStep>(links.Count);
        ReadOnlyMemory<byte>? content = null;
        foreach (var link in links)
        {
            var from = clock.GetTimestamp();
            var verdict = await JudgeAsync(link.Name, link.Policy, call, cancellationToken);
            var changes = verdict.Content is not null;
            if (verdict.Content is { } rewritten)
            {
                if (call.Door != PolicyDoor.Model) verdict = PolicyVerdict.Deny(verdict.Reason ?? $"policy {link.Name} would change this event, which cannot be done");
                else if (link.Mode == PolicyMode.Enforce) call = call.With((content = rewritten).Value);
                // Nothing was taken out, and the trail must not say so.
                else verdict = PolicyVerdict.Warn($"would change the call ({verdict.Reason})");
            }

            var refuses = verdict.Outcome is PolicyOutcome.Deny or PolicyOutcome.Limit;
            var observed = (refuses || changes) && link.Mode == PolicyMode.Observe;
            var remark = observed || verdict.Outcome == PolicyOutcome.Warn ? verdict.Reason : null;
            trace.Add(new PolicyStep(link.Name, verdict.Outcome, (long)clock.GetElapsedTime(from).TotalMicroseconds, remark, observed));
            if (refuses && !observed)
                return new PolicyDecision(verdict.Outcome, link.Name, verdict.Reason ?? $"refused by policy {link.Name}", verdict.RetryAfter, trace.ToImmutable());
        }

        return new PolicyDecision(PolicyOutcome.Pass, null, null, null, trace.MoveToImmutable()) { Content = content };
    }

    private async ValueTask<PolicyVerdict> JudgeAsync(string name, IPolicy policy, PolicyCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await policy.EvaluateAsync(call, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            PolicyFailed(logger, name, call.Id, exception);
            return PolicyVerdict.Deny($"policy {name} failed, and a call that cannot be checked is refused; the operator's log says why");
        }
    }

    [LoggerMessage(2201, LogLevel.Error, "Policy {Policy} failed on call {Call}; the call is refused")]
    internal static partial void PolicyFailed(ILogger logger, string policy, Guid call, Exception exception);
}
