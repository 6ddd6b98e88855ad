using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>The one policy engine of the process. Every door asks it before anything happens.</summary>
internal interface IPolicyEngine
{
    /// <summary>Runs the chain in order; the first refusal wins and ends it. Never throws for a policy's fault: that refuses.</summary>
    ValueTask<PolicyDecision> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken);
}

/// <summary>What the chain decided, with the whole trace.</summary>
/// <param name="Outcome">Pass, or how the refusing policy refused.</param>
/// <param name="Policy">Name of the refusing policy; null on a pass.</param>
/// <param name="Reason">Its sentence for the person at the client; null on a pass.</param>
/// <param name="RetryAfter">When asking again can succeed, on a limit.</param>
/// <param name="Trace">Every policy that ran, in order.</param>
internal sealed record PolicyDecision(
    PolicyOutcome Outcome,
    string? Policy,
    string? Reason,
    TimeSpan? RetryAfter,
    IReadOnlyList<PolicyStep> Trace)
{
    public bool Allowed => Outcome == PolicyOutcome.Pass;
}

/// <summary>One policy's part in a decision.</summary>
internal readonly record struct PolicyStep(string Policy, PolicyOutcome Outcome, long Microseconds);
