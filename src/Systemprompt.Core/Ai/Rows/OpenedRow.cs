using Systemprompt.Audit;
using Systemprompt.Governance;
using Systemprompt.Security;

namespace Systemprompt.Ai;

/// <summary>A model call as it came in.</summary>
internal sealed class OpenedRow : AuditRow
{
    public static readonly AuditTable Requests = new("ai.requests_opened", "opened_at",
    [
        "id", "opened_at", "tenant", "user_digest", "tier", "token_id", "session_id", "trace_id", "client", "client_digest", "provider", "model",
        "stream", "max_tokens", "request_bytes", "tools", "project", "verdict", "policy", "reason", "trace",
    ])
    {
        // The last two are the budgets' own book-keeping, whose keys name people.
        PersonalColumns = ["user_id", "client_address", "budget_replica", "budgets"],
    };

    public required Guid Id { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public required string Tenant { get; init; }

    public required Principal Principal { get; init; }

    public required string TraceId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The client's software, as its user-agent says.</summary>
    public string? Client { get; init; }

    /// <summary>Personal.</summary>
    public string? ClientAddress { get; init; }

    public string? Provider { get; init; }

    public RequestHead Head { get; init; }

    public long RequestBytes { get; init; }

    public PolicyDecision? Decision { get; init; }

    /// <summary>Who reserved from budgets for it; null when it counts on none.</summary>
    public Guid? BudgetReplica { get; init; }

    /// <summary>Tools that ran since the request before, as JSON; null when none did.</summary>
    public byte[]? Tools { get; init; }

    /// <summary>Which budgets, as JSON; personal.</summary>
    public byte[]? Budgets { get; init; }

    /// <summary>What it counts for; null when nobody said.</summary>
    public string? Project { get; init; }

    public override AuditTable Table => Requests;

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(OpenedAt);
        tuple.Text(Tenant);
        tuple.Digest(Id, Principal.Subject);
        tuple.Text(DecisionRow.TierName(Principal.Tier));
        tuple.Text(Principal.TokenId.Length == 0 ? null : Principal.TokenId);
        tuple.Text(SessionId);
        tuple.Text(TraceId);
        tuple.Text(Client, 256);
        tuple.Digest(Id, ClientAddress);
        tuple.Text(Provider);
        tuple.Text(Head.Model, 256);
        tuple.Bool(Head.Stream);
        tuple.Long(Head.MaxTokens);
        tuple.Long(RequestBytes);
        if (Tools is null) tuple.Null();
        else tuple.Json(Tools);
        tuple.Text(Project);
        if (Decision is null)
        {
            for (var i = 0; i < 4; i++) tuple.Null();
            return;
        }

        tuple.Text(DecisionRow.Verdict(Decision.Outcome));
        tuple.Text(Decision.Policy);
        DecisionTrace.WriteReason(ref tuple, Decision.Reason);
        DecisionTrace.Write(ref tuple, Decision.Trace);
    }

    public override void WritePersonal(ref CopyTuple tuple)
    {
        tuple.Text(Principal.Subject);
        tuple.Text(ClientAddress);
        tuple.Uuid(BudgetReplica);
        if (Budgets is null) tuple.Null();
        else tuple.Json(Budgets);
    }

    public override AuditRow WhenAbandoned() => new SettledRow
    {
        Id = Id,
        OpenedAt = OpenedAt,
        CompletedAt = OpenedAt,
        Status = CallStatus.Failed,
        HttpStatus = 503,
        Error = "audit_unavailable",
    };
}
