using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Scheduler;

/// <summary>Follows a job to its end: a progress bar where there is a terminal, a line a change elsewhere, and the result.</summary>
internal static class JobTail
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);

    /// <returns>0 when it was done, 1 when it ended otherwise.</returns>
    public static async Task<int> FollowAsync(CliCall call, long id, CancellationToken cancellationToken)
    {
        var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<JobStore>();
        if (await store.FindAsync(id, cancellationToken) is { State: "waiting" } waiting) await ExplainAsync(call, store, waiting.Kind, cancellationToken);
        var last = await call.Output.ProgressAsync($"job {id}", report => WatchAsync(store, id, report, call.Composition.Clock, cancellationToken));
        if (call.Output.IsJson) call.Output.Document(last);
        else call.Output.Line($"job {id} is {last.Outcome} at attempt {last.Attempt}{(last.Milliseconds is { } time ? $", after {time} ms" : "")}{(last.Error is { } error ? $": {error}" : "")}");
        return last.Outcome == "done" ? 0 : 1;
    }

    /// <summary>Why it may wait for long.</summary>
    private static async Task ExplainAsync(CliCall call, JobStore store, string kind, CancellationToken cancellationToken)
    {
        if ((await store.KindsAsync(cancellationToken)).Any(row => row.Kind == kind && row.PausedAt is not null))
            call.Output.Notice($"{kind} is paused: it waits until 'infra jobs resume {kind}'");
        if (!(await store.WorkersAsync(cancellationToken)).Any(worker => worker.IsAlive && worker.Kinds.Contains(kind)))
            call.Output.Notice($"no process runs jobs of kind {kind}: it waits until one does ('services start')");
    }

    private static async Task<AttemptView> WatchAsync(JobStore store, long id, Action<double?, string> report, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (true)
        {
            var job = await store.FindAsync(id, cancellationToken);
            if (job is null or { State: "dead" })
            {
                var attempts = await store.HistoryAsync(new HistoryFilter { Job = id, Limit = 1 }, cancellationToken);
                return attempts.Count > 0 ? AttemptView.Of(attempts[0]) : throw SchedulerCommands.NoSuchJob(id);
            }

            var part = job.ProgressTotal is > 0 and var total ? (double?)job.ProgressDone!.Value / total : null;
            report(part, job.State switch
            {
                "running" => $"attempt {job.Attempt} {job.ProgressNote}".TrimEnd(),
                "delayed" => $"due {job.RunAt:HH:mm:ss}Z{(job.LastError is { } error ? $" after {error}" : "")}",
                var state => state,
            });
            await Task.Delay(Look, clock, cancellationToken);
        }
    }
}
