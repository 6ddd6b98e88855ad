using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Hosting;

namespace Systemprompt.Scheduler;

/// <summary>How the queue fares: degraded while nobody works on it, while it falls behind, or while a job does not end when told to.</summary>
internal sealed class SchedulerHealthCheck(QueueWatch watch, JobWorker worker, ProcessRole role, SchedulerSettings settings) : IHealthCheck
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(30);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Judge());

    private HealthCheckResult Judge()
    {
        if (watch.Seen is not { } seen) return HealthCheckResult.Healthy("not looked yet");
        var facts = new Dictionary<string, object> { ["waiting"] = seen.Waiting, ["dead"] = seen.Dead, ["workers"] = seen.Workers, ["running"] = worker.RunningCount, ["slots"] = settings.Slots };
        var stuck = worker.Running.Count(job => job.Overdue > Stuck);
        var mine = role.RunsJobs && settings.Enabled ? "jobs run" : "this process runs no jobs, others do";
        return seen.Workers == 0 ? HealthCheckResult.Degraded($"no process runs jobs; {seen.Waiting} wait", data: facts)
            : stuck > 0 ? HealthCheckResult.Degraded($"{stuck} jobs here have not ended {Stuck.TotalSeconds:0} s after their time was over", data: facts)
            : seen.OldestSeconds > Late.TotalSeconds ? HealthCheckResult.Degraded($"the oldest of {seen.Waiting} waiting jobs has been due for {TimeSpan.FromSeconds(seen.OldestSeconds.Value):d\\.hh\\:mm\\:ss}", data: facts)
            : !seen.HasLeader ? HealthCheckResult.Degraded("no process leads: schedules do not run", data: facts)
            : HealthCheckResult.Healthy($"{mine}{(seen.Dead > 0 ? $"; {seen.Dead} are dead" : "")}", facts);
    }
}
