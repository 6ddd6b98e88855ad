using System.Diagnostics;
using System.Diagnostics.Metrics;
using Systemprompt.Hosting;

namespace Systemprompt.Scheduler;

/// <summary>What the queue measures: attempts as they end, the rest when somebody looks (as of the last look of <see cref="QueueWatch"/>).</summary>
internal sealed class SchedulerMetrics : IDisposable
{
    public static readonly ActivitySource Source = new("Systemprompt.Scheduler");

    private static readonly Meter Attempts = new("Systemprompt.Scheduler");
    private static readonly Histogram<double> Duration = Attempts.CreateHistogram(
        "systemprompt.jobs.duration", "s", "Attempts of jobs that ended, by kind and outcome.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 900, 3600] });

    private readonly Meter _meter = new("Systemprompt.Scheduler");

    static SchedulerMetrics()
    {
    }

    public SchedulerMetrics(QueueWatch watch, JobWorker worker)
    {
        _meter.CreateObservableGauge(
            "systemprompt.jobs.queue",
            () => watch.Seen is { } seen ? [Of(seen.Waiting, "waiting"), Of(seen.Dead, "dead")] : Array.Empty<Measurement<long>>(),
            "{job}", "Jobs in the queue, over all processes, by state.");
        _meter.CreateObservableGauge("systemprompt.jobs.queue.age", () => watch.Seen?.OldestSeconds ?? 0, "s", "How long the oldest waiting job has been due.");
        _meter.CreateObservableGauge("systemprompt.jobs.workers", () => watch.Seen?.Workers ?? 0, "{process}", "Processes that run jobs.");
        _meter.CreateObservableGauge("systemprompt.jobs.running", () => worker.RunningCount, "{job}", "Jobs that run in this process.");
    }

    public static void Ran(RunningJob job, EndedAttempt end, Activity? span)
    {
        if (Duration.Enabled) Duration.Record(job.Ran.TotalSeconds, new("kind", job.Kind), new("outcome", Words.Of(end.Outcome)));
        if (span is null) return;
        span.DisplayName = $"job {job.Kind}";
        span.SetTag("systemprompt.job.id", job.Id);
        span.SetTag("systemprompt.job.kind", job.Kind);
        span.SetTag("systemprompt.job.attempt", job.Attempt);
        span.SetTag("systemprompt.job.outcome", Words.Of(end.Outcome));
        if (end.Outcome is Outcome.Failed or Outcome.Dead) span.Failed(Words.Of(end.Outcome));
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Of(long jobs, string state) => new(jobs, new KeyValuePair<string, object?>("state", state));
}
