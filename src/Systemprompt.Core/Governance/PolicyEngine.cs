using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Governance;

/// <summary>Runs the chain: in order, first refusal wins, every step traced. A policy that throws refuses.</summary>
internal sealed partial class PolicyEngine : IPolicyEngine
{
    private readonly (string Name, IPolicy Policy)[] _chain;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    public PolicyEngine(IEnumerable<PolicyRegistration> registrations, IServiceProvider services, TimeProvider clock, ILogger<PolicyEngine> logger)
    {
        _chain = [.. from registration in registrations.OrderBy(policy => policy.Order).ThenBy(policy => policy.Name, StringComparer.Ordinal)
                     let policy = registration.Create(services)
                     where policy is not null
                     select (registration.Name, policy)];
        _clock = clock;
        _logger = logger;
    }

    public async ValueTask<PolicyDecision> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        using var span = GovernanceMetrics.Source.Child("policies");
        var began = _clock.GetTimestamp();
        var decision = await RunAsync(call, cancellationToken);
        if (GovernanceMetrics.IsCounted) GovernanceMetrics.Decided(call.Door, decision, _clock.GetElapsedTime(began));
        span?.SetTag("systemprompt.verdict", DecisionRow.Verdict(decision.Outcome));
        span?.SetTag("systemprompt.policy", decision.Policy);
        return decision;
    }

    private async ValueTask<PolicyDecision> RunAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        var trace = ImmutableArray.CreateBuilder<PolicyStep>(_chain.Length);
        foreach (var (name, policy) in _chain)
        {
            var from = _clock.GetTimestamp();
            var verdict = await JudgeAsync(name, policy, call, cancellationToken);
            trace.Add(new PolicyStep(name, verdict.Outcome, (long)_clock.GetElapsedTime(from).TotalMicroseconds));
            if (verdict.Outcome != PolicyOutcome.Pass)
                return new PolicyDecision(verdict.Outcome, name, verdict.Reason ?? $"refused by policy {name}", verdict.RetryAfter, trace.ToImmutable());
        }

        return new PolicyDecision(PolicyOutcome.Pass, null, null, null, trace.MoveToImmutable());
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
            PolicyFailed(_logger, name, call.Id, exception);
            return PolicyVerdict.Deny($"policy {name} failed, and a call that cannot be checked is refused; the operator's log says why");
        }
    }

    [LoggerMessage(2201, LogLevel.Error, "Policy {Policy} failed on call {Call}; the call is refused")]
    private static partial void PolicyFailed(ILogger logger, string policy, Guid call, Exception exception);
}
