using System.Text.Json;

namespace Systemprompt.Scheduler;

/// <summary>A job as JSON shows it.</summary>
internal sealed record JobView(
    long Id, string Kind, string State, int Priority, DateTime RunAt, int Attempt, int Failures, DateTime EnqueuedAt, string? EnqueuedBy, DateTime? StartedAt, Guid? Worker,
    string? CancelledBy, ProgressView? Progress, string? LastError, JsonElement Args)
{
    public static JobView Of(JobRow row) => new(
        row.Id, row.Kind, row.State, row.Priority, row.RunAt, row.Attempt, row.Failures, row.EnqueuedAt, row.EnqueuedBy, row.StartedAt, row.Worker, row.CancelledBy,
        row.ProgressDone is { } done ? new ProgressView(done, row.ProgressTotal, row.ProgressNote) : null, row.LastError, JsonElement.Parse(row.Args));
}

/// <summary>How far a job is.</summary>
internal sealed record ProgressView(long Done, long? Total, string? Note)
{
    public override string ToString() => Total is > 0 ? $"{Done * 100 / Total}% {Note}".TrimEnd() : $"{Done} {Note}".TrimEnd();
}

/// <summary>An attempt as JSON shows it.</summary>
internal sealed record AttemptView(
    long Job, string Kind, int Attempt, string Outcome, DateTime EnqueuedAt, string? EnqueuedBy, DateTime? StartedAt, DateTime FinishedAt, double? Milliseconds, string? Error, string? EndedBy,
    JsonElement? Args)
{
    public static AttemptView Of(AttemptRow row) => new(
        row.Job, row.Kind, row.Attempt, row.Outcome, row.EnqueuedAt, row.EnqueuedBy, row.StartedAt, row.FinishedAt, row.Milliseconds, row.Error, row.EndedBy,
        row.Args is { } args ? JsonElement.Parse(args) : null);
}

/// <summary>A job, under way or ended, with its attempts, newest first.</summary>
internal sealed record JobDetail(long Id, string State, JobView? Job, IReadOnlyList<AttemptView> Attempts);

/// <summary>A kind of job: what this binary knows of it, and what the queue holds.</summary>
internal sealed record KindView(
    string Kind, bool IsKnown, string Description, int? MaxAttempts, double? TimeoutSeconds, int? MaxRunning, long Waiting, long Delayed, long Running, long Dead, DateTime? PausedAt, string? PausedBy)
{
    /// <summary>Every kind of this binary, and those in the queue that it does not know.</summary>
    public static IReadOnlyList<KindView> Of(JobCatalogue catalogue, IReadOnlyList<KindRow> rows)
    {
        var queued = rows.ToDictionary(row => row.Kind, StringComparer.Ordinal);
        return
        [
            .. catalogue.All.Select(job => job.Kind).Union(queued.Keys).Order(StringComparer.Ordinal).Select(kind =>
            {
                var (known, row) = (catalogue.Find(kind), queued.GetValueOrDefault(kind) ?? new KindRow());
                return new KindView(
                    kind, known is not null, known?.Description ?? "", known?.MaxAttempts, known?.Timeout.TotalSeconds, known?.MaxRunning, row.Waiting, row.Delayed, row.Running, row.Dead,
                    row.PausedAt, row.PausedBy);
            }),
        ];
    }
}
