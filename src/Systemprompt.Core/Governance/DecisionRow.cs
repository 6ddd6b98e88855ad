using Systemprompt.Audit;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>One verdict as recorded: at the hook door, or a refusal at a model door before a call was opened.</summary>
internal sealed class DecisionRow : AuditRow
{
    public static readonly AuditTable Decisions = new(
        "governance.hook_decisions",
        "decided_at",
        ["id", "decided_at", "tenant", "door", "user_digest", "tier", "token_id", "session_id", "event", "tool", "model", "verdict", "policy",
            "reason", "trace", "trace_id", "client_digest", "tool_use_id"])
    {
        PersonalColumns = ["user_id", "client_address"],
    };

    public override AuditTable Table => Decisions;

    /// <summary>Also sent as <c>x-audit-id</c>. A version 7 UUID: listings order by it.</summary>
    public required Guid Id { get; init; }

    public required DateTimeOffset DecidedAt { get; init; }

    public required string Tenant { get; init; }

    public required PolicyDoor Door { get; init; }

    /// <summary>From the verified token; null without one. Personal.</summary>
    public string? UserId { get; init; }

    public required Security.Tier Tier { get; init; }

    public string? TokenId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The hook event, as the client named it.</summary>
    public string? Event { get; init; }

    public string? Tool { get; init; }

    /// <summary>The call of the tool, as the client names it.</summary>
    public string? ToolUseId { get; init; }

    /// <summary>Only recorded: nobody was asked.</summary>
    public bool IsTracked { get; init; }

    public string? Model { get; init; }

    public required PolicyOutcome Outcome { get; init; }

    /// <summary>The refusing policy, or the kernel's code such as <c>token_expired</c>.</summary>
    public string? Policy { get; init; }

    public string? Reason { get; init; }

    /// <summary>Every policy that ran, in order.</summary>
    public IReadOnlyList<PolicyStep> Trace { get; init; } = [];

    public string? TraceId { get; init; }

    /// <summary>Personal.</summary>
    public string? ClientAddress { get; init; }

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(DecidedAt);
        tuple.Text(Tenant);
        tuple.Text(IsTracked ? "track" : Door == PolicyDoor.Hook ? "hook" : "model");
        tuple.Digest(Id, UserId);
        tuple.Text(TierName(Tier));
        tuple.Text(TokenId);
        tuple.Text(SessionId);
        tuple.Text(Event);
        tuple.Text(Tool);
        tuple.Text(Model);
        tuple.Text(Verdict(Outcome));
        tuple.Text(Policy);
        DecisionTrace.WriteReason(ref tuple, Reason);
        DecisionTrace.Write(ref tuple, Trace);
        tuple.Text(TraceId);
        tuple.Digest(Id, ClientAddress);
        tuple.Text(ToolUseId);
    }

    public override void WritePersonal(ref CopyTuple tuple)
    {
        tuple.Text(UserId);
        tuple.Text(ClientAddress);
    }

    internal static string Verdict(PolicyOutcome outcome) => outcome switch
    {
        PolicyOutcome.Pass or PolicyOutcome.Warn => "allow",
        PolicyOutcome.Limit => "limit",
        _ => "deny",
    };

    internal static string TierName(Security.Tier tier) => tier switch
    {
        Security.Tier.Anonymous => "anonymous",
        Security.Tier.User => "user",
        Security.Tier.Admin => "admin",
        Security.Tier.Mcp => "mcp",
        Security.Tier.A2A => "a2a",
        _ => "service",
    };
}
