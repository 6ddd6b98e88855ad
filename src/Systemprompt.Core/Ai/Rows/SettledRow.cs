using Systemprompt.Audit;
using Systemprompt.Governance;

namespace Systemprompt.Ai;

/// <summary>How a model call ended. Kept and retried when the database is away: what was spent is spent.</summary>
internal sealed class SettledRow : AuditRow
{
    public static readonly AuditTable Requests = new("ai.requests_settled", "opened_at",
    [
        "id", "opened_at", "completed_at", "status", "http_status", "upstream_status", "error", "stop_reason", "input_tokens", "output_tokens",
        "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens", "usage_unknown", "usage_estimated", "cost_microdollars",
        "cost_unknown", "response_bytes", "first_byte_microseconds", "upstream_request_id",
        "provider", "upstream_model", "attempts", "reasoning_tokens", "answer_trace", "route", "route_reason",
    ]);

    public required Guid Id { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public required DateTimeOffset CompletedAt { get; init; }

    public required CallStatus Status { get; init; }

    public int? HttpStatus { get; init; }

    public int? UpstreamStatus { get; init; }

    public string? Error { get; init; }

    public string? StopReason { get; init; }

    public TokenUsage Usage { get; init; }

    public bool UsageUnknown { get; init; }

    public bool UsageEstimated { get; init; }

    /// <summary>Null when unknown. 0 is a cost: that of a call that reached no provider.</summary>
    public long? Cost { get; init; } = 0;

    public long ResponseBytes { get; init; }

    public long? FirstByteMicroseconds { get; init; }

    public string? UpstreamRequestId { get; init; }

    /// <summary>Who answered, or was asked last; null when that is whom the call was opened for.</summary>
    public string? Provider { get; init; }

    /// <summary>What it was asked for; null when that is what the client named.</summary>
    public string? UpstreamModel { get; init; }

    /// <summary>How often a provider was asked.</summary>
    public int Attempts { get; init; }

    /// <summary>The route that took it; null when the providers' own models decided.</summary>
    public string? Route { get; init; }

    /// <summary>The route selector that was asked, and what came of it; null when none was.</summary>
    public string? RouteReason { get; init; }

    /// <summary>What policies found in the answer.</summary>
    public IReadOnlyList<PolicyStep> Findings { get; init; } = [];

    public override AuditTable Table => Requests;

    public override bool KeepTrying => true;

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(OpenedAt);
        tuple.Time(CompletedAt);
        tuple.Text(Status.Word());
        tuple.Int(HttpStatus);
        tuple.Int(UpstreamStatus);
        tuple.Text(Error, 128);
        tuple.Text(StopReason, 64);
        tuple.Long(Usage.Input);
        tuple.Long(Usage.Output);
        tuple.Long(Usage.CacheWrite5m);
        tuple.Long(Usage.CacheWrite1h);
        tuple.Long(Usage.CacheRead);
        tuple.Bool(UsageUnknown);
        tuple.Bool(UsageEstimated);
        tuple.Long(Cost);
        tuple.Bool(Cost is null);
        tuple.Long(ResponseBytes);
        tuple.Long(FirstByteMicroseconds);
        tuple.Text(UpstreamRequestId, 128);
        tuple.Text(Provider);
        tuple.Text(UpstreamModel, 256);
        tuple.Int(Attempts);
        tuple.Long(Usage.Reasoning);
        // A text that views cast to jsonb, so it is never cut.
        if (Findings.Count == 0) tuple.Null();
        else DecisionTrace.Write(ref tuple, Findings);
        tuple.Text(Route, 128);
        tuple.Text(RouteReason, 320);
    }
}
