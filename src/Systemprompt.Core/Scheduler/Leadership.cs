using Microsoft.Extensions.Logging;

namespace Systemprompt.Scheduler;

/// <summary>What only one process does: schedules, rescue, tidying. Safe even where two believe that they lead, since each step locks its rows.</summary>
internal sealed partial class Leadership(
    WorkerHeartbeat heartbeat, WorkerStore workers, ScheduleStore schedules, CronTicker ticker, JobWorker worker, SchedulerSettings settings, TimeProvider clock, ILogger<Leadership> logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromMinutes(1);
    private long _tidied = long.MinValue;

    /// <summary>One turn of the loop <c>scheduler.lead</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (!heartbeat.Leads)
        {
            await Task.Delay(Longest / 2, clock, cancellationToken);
            return;
        }

        // After an outage every lease has run out. Only when the living have had the time of one to renew theirs is it a sign of death.
        if (heartbeat.HeldFor >= settings.Lease) await RescueAsync(cancellationToken);
        var next = await ticker.TickAsync(cancellationToken) ?? Longest;
        if (_tidied == long.MinValue || clock.GetElapsedTime(_tidied) >= TidyEvery)
        {
            await schedules.TidyAsync(settings.KeepDead, cancellationToken);
            _tidied = clock.GetTimestamp();
        }

        await Task.Delay(next < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : next < Longest ? next : Longest, clock, cancellationToken);
    }

    private async Task RescueAsync(CancellationToken cancellationToken)
    {
        var rescued = await workers.RescueAsync(settings.Lease, settings.MaxLost, cancellationToken);
        foreach (var job in rescued) Rescued(logger, job.Kind, job.Id, job.Attempt);
        if (rescued.Count > 0) worker.Wake();
    }

    [LoggerMessage(2410, LogLevel.Warning, "Job {Kind} {Job}: the process that ran attempt {Attempt} died; it runs again")]
    private static partial void Rescued(ILogger logger, string kind, long job, int attempt);
}
