using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Hooks;

/// <summary>What was decided on a hook event, by whom, and why.</summary>
/// <param name="Outcome">Pass, or the kind of refusal.</param>
/// <param name="Code">The refusing policy, or the kernel's code such as <c>token_expired</c>; null on a pass.</param>
/// <param name="Reason">For the person at the client; null on a pass.</param>
internal readonly record struct HookDecision(PolicyOutcome Outcome, string? Code = null, string? Reason = null)
{
    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyList<PolicyStep> Trace { get; init; } = [];

    public static HookDecision Pass => new(PolicyOutcome.Pass);

    public static HookDecision Deny(string code, string reason) => new(PolicyOutcome.Deny, code, reason);

    public static HookDecision Of(PolicyDecision decision) =>
        new(decision.Outcome, decision.Policy, decision.Allowed ? null : $"refused by policy {decision.Policy}: {decision.Reason}") { RetryAfter = decision.RetryAfter, Trace = decision.Trace };

    /// <summary>What the pipeline would have answered.</summary>
    public static HookDecision Of(PendingRefusal refusal) =>
        new(refusal.RetryAfter is null ? PolicyOutcome.Deny : PolicyOutcome.Limit, refusal.Code, refusal.Reason) { RetryAfter = refusal.RetryAfter };

    /// <summary>A fault inside the gateway, which refuses like everything that cannot be checked.</summary>
    public static HookDecision Of(Exception fault) => fault switch
    {
        AuditUnavailableException => Deny("audit_unavailable", "the audit trail cannot be written, so nothing may run; the database is away or full"),
        BodyBudgetException => new(PolicyOutcome.Limit, "overloaded", fault.Message) { RetryAfter = TimeSpan.FromSeconds(1) },
        _ => Deny("internal", "the gateway failed, and what cannot be checked is refused; its log has the reason"),
    };
}
