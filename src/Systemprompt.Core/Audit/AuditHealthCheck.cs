using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Audit.Bodies;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Audit;

/// <summary>How the audit trail fares: unhealthy while calls are refused, degraded while rows wait in the journal, or something is kept, lost or late.</summary>
internal sealed class AuditHealthCheck(AuditState state, AuditWriter writer, AuditJournal journal, BodyKeeper bodies, WriterLease lease, AuditSettings settings) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var facts = new Dictionary<string, object>
        {
            ["lanes_up"] = state.LanesUp,
            ["lanes"] = settings.Lanes,
            ["lease_held"] = lease.IsHeld,
            ["queued"] = writer.QueueDepth,
            ["waiting"] = writer.Waiting,
            ["longest_wait_ms"] = (long)writer.LongestWait.TotalMilliseconds,
            ["kept"] = state.Kept,
            ["journal_rows"] = journal.Rows,
            ["journal_bytes"] = journal.Bytes,
            ["lost"] = state.Lost,
            ["rejected"] = state.Rejected,
            ["committed"] = state.Committed,
            ["commits"] = state.Commits,
        };
        return Task.FromResult(Judge(facts));
    }

    private HealthCheckResult Judge(Dictionary<string, object> facts) =>
        !state.IsUp && !journal.IsOn ? HealthCheckResult.Unhealthy($"calls are refused: {state.Reason}", data: facts)
        : !state.IsUp && journal.Fault is { } fault ? HealthCheckResult.Unhealthy($"calls are refused while the database is away: {fault}", data: facts)
        : !state.IsUp ? HealthCheckResult.Degraded($"the database does not take rows, calls go on: {journal.Rows} rows wait in the journal", data: facts)
        : journal.Rows > 0 ? HealthCheckResult.Degraded($"{journal.Rows} rows of the journal are on their way to the database", data: facts)
        : state.Lost > 0 ? HealthCheckResult.Degraded($"the ends of {state.Lost} calls were lost since the start", data: facts)
        : state.Kept > 0 ? HealthCheckResult.Degraded($"the ends of {state.Kept} calls are kept and retried", data: facts)
        : state.LanesUp < settings.Lanes ? HealthCheckResult.Degraded($"{state.LanesUp} of {settings.Lanes} lanes can write: {state.Reason}", data: facts)
        : lease.IsLate ? HealthCheckResult.Degraded("heartbeats of the writers fail; another replica may take them for dead", data: facts)
        : bodies.LeftOut > 0 ? HealthCheckResult.Degraded($"the bodies of {bodies.LeftOut} calls were left out since the start: more came than could be written", data: facts)
        : HealthCheckResult.Healthy("rows are committed", facts);
}
