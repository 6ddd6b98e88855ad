using System.Diagnostics;
using System.Diagnostics.Metrics;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Audit;

/// <summary>What the audit trail measures: commits as they happen, the rest when somebody looks.</summary>
internal sealed class AuditMetrics : IDisposable
{
    public static readonly ActivitySource Source = new("Systemprompt.Audit");

    private static readonly Meter Commits = new("Systemprompt.Audit");
    private static readonly Histogram<double> Duration = Commits.CreateHistogram(
        "systemprompt.audit.commit.duration", "s", "How long a transaction of audit rows took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });

    private static readonly Histogram<int> Batch = Commits.CreateHistogram(
        "systemprompt.audit.batch.size", "{row}", "Rows of a transaction: grows with the load.", null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] });

    private readonly Meter _meter = new("Systemprompt.Audit");

    static AuditMetrics()
    {
    }

    public AuditMetrics(AuditState state, AuditWriter writer, AuditJournal journal)
    {
        _meter.CreateObservableCounter("systemprompt.audit.rows", () => state.Committed, "{row}", "Rows committed.");
        _meter.CreateObservableCounter("systemprompt.audit.rejected", () => state.Rejected, "{row}", "Rows that PostgreSQL refused for what they are.");
        _meter.CreateObservableCounter("systemprompt.audit.lost", () => state.Lost, "{call}", "Ends of calls that were lost.");
        _meter.CreateObservableGauge("systemprompt.audit.up", () => state.IsUp ? 1 : 0, null, "1 while rows can be committed; while 0, calls are refused, or with a journal go on.");
        _meter.CreateObservableGauge("systemprompt.audit.kept", () => state.Kept, "{call}", "Ends of calls that are kept and retried.");
        _meter.CreateObservableGauge("systemprompt.audit.journal.rows", () => journal.Rows, "{row}", "Rows that wait in the journal.");
        _meter.CreateObservableGauge("systemprompt.audit.outstanding", () => writer.Waiting, "{call}", "Calls that wait for their commit.");
        _meter.CreateObservableGauge("systemprompt.audit.longest_wait", () => writer.LongestWait.TotalSeconds, "s", "How long the oldest of them has waited.");
    }

    public static bool IsTimed => Duration.Enabled || Batch.Enabled;

    public static void Committed(TimeSpan took, int rows)
    {
        Duration.Record(took.TotalSeconds);
        Batch.Record(rows);
    }

    public void Dispose() => _meter.Dispose();
}
