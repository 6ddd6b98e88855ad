using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>The one policy engine of the process. Every door asks it before anything happens.</summary>
internal interface IPolicyEngine
{
    /// <summary>Runs the chain in order; the first refusal wins and ends it. Never throws for a policy's fault: that refuses.</summary>
    ValueTask<PolicyDecision> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken);

    /// <summary>Who reads the answer to a call that passed; null when nobody wants to.</summary>
    AnswerGuard? Watch(PolicyCall call);
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

    /// <summary>What the call is to go on with, where a policy changed it; null where it is as it came.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }
}

/// <summary>One policy's part in a decision.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Outcome">How it judged.</param>
/// <param name="Microseconds">How long it took.</param>
/// <param name="Remark">Its sentence, where the decision does not already carry it.</param>
/// <param name="Observed">True for a refusal that refused nothing, since the policy only observes.</param>
internal readonly record struct PolicyStep(string Policy, PolicyOutcome Outcome, long Microseconds, string? Remark = null, bool Observed = false);
