using System.Globalization;
using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>Starts the loops of a process that runs jobs, and brings them down: taking first, then what runs within the time for it.</summary>
internal sealed partial class SchedulerService(
    JobWorker worker,
    JobRecorder recorder,
    WorkerHeartbeat heartbeat,
    WorkerStore workers,
    WorkerIdentity identity,
    Leadership leadership,
    ScheduleStore schedules,
    JobCatalogue catalogue,
    NotifyBus bus,
    BackgroundLoops loops,
    Readiness readiness,
    SchedulerSettings settings,
    Profile profile,
    TimeProvider clock,
    ILogger<SchedulerService> logger) : IDrain, IDisposable
{
    /// <summary>What a job that was told to end may still take.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _take = new(), _keep = new();
    private readonly List<IDisposable> _subscriptions = [];
    private Task _taking = Task.CompletedTask, _keeping = Task.CompletedTask;
    private bool _started, _drained;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await schedules.ReplaceAsync(catalogue.Schedules(settings, profile.Source), cancellationToken);
        await heartbeat.RegisterAsync(cancellationToken);
        await heartbeat.BeatAsync(cancellationToken);
        _started = true;
        recorder.Recorded += worker.Wake;
        readiness.Changed += Stopping;
        _subscriptions.Add(bus.Subscribe(EnqueueStore.Channel, (_, _) =>
        {
            worker.Wake();
            return ValueTask.CompletedTask;
        }));
        _subscriptions.Add(bus.Subscribe(WorkerStore.CancelChannel, CancelAsync));
        // Not before the extensions that start later are there for their jobs.
        _taking = WorkAsync();
        _keeping = Task.WhenAll(Loop("record", recorder.TurnAsync, _keep), Loop("heartbeat", heartbeat.TurnAsync, _keep));
    }

    /// <summary>Lets what runs come to its end, while every extension is still there for it.</summary>
    public async Task DrainAsync()
    {
        if (!_started || _drained) return;
        _drained = true;
        readiness.Changed -= Stopping;
        heartbeat.IsDraining = true;
        await _take.CancelAsync();
        await _taking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var subscription in _subscriptions) subscription.Dispose();
        await EndJobsAsync();
    }

    public async Task StopAsync()
    {
        if (!_started) return;
        await DrainAsync();
        await _keep.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LeaveAsync();
    }

    public void Dispose()
    {
        _take.Dispose();
        _keep.Dispose();
    }

    private async Task WorkAsync()
    {
        await readiness.WhenReady.WaitAsync(_take.Token);
        await Task.WhenAll(Loop("take", worker.TurnAsync, _take), Loop("lead", leadership.TurnAsync, _take));
    }

    private Task Loop(string name, Func<CancellationToken, Task> turn, CancellationTokenSource until) => Task.Run(() => loops.RunAsync($"scheduler.{name}", turn, until.Token));

    // As soon as the process stops, not only when the last request is over: jobs have the same time to finish.
    private void Stopping(ReadyState state)
    {
        if (state != ReadyState.Stopping) return;
        heartbeat.IsDraining = true;
        _take.Cancel();
    }

    private async Task EndJobsAsync()
    {
        try
        {
            await worker.GiveBackAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Leaving gives them back as well, as interrupted.
            NotLeft(logger, exception);
        }

        var idle = worker.IdleAsync();
        await idle.WaitAsync(readiness.DrainDeadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (idle.IsCompleted) return;
        Interrupting(logger, worker.RunningCount);
        worker.StopAll(Stopped.ByShutdown);
        await idle.WaitAsync(LastWords, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!idle.IsCompleted) Abandoned(logger, worker.RunningCount);
    }

    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(LastWords, clock);
        try
        {
            while (recorder.Unrecorded > 0) await recorder.FlushAsync(limit.Token);
            await workers.LeaveAsync(identity.Id, limit.Token);
        }
        catch (Exception exception)
        {
            // The lease runs out, and another process gives the jobs back.
            NotLeft(logger, exception);
        }
    }

    private ValueTask CancelAsync(Notice notice, CancellationToken cancellationToken)
    {
        // What is missed here, the next heartbeat brings.
        if (!notice.MustReadAgain && notice.Payload.Split(' ', 2) is [var id, var by] && long.TryParse(id, CultureInfo.InvariantCulture, out var job)) worker.Cancel(job, by);
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(2411, LogLevel.Information, "Stopping: {Jobs} jobs are interrupted and run again elsewhere")]
    private static partial void Interrupting(ILogger logger, int jobs);

    [LoggerMessage(2412, LogLevel.Warning, "Stopping: {Jobs} jobs do not listen to their cancellation and are cut")]
    private static partial void Abandoned(ILogger logger, int jobs);

    [LoggerMessage(2413, LogLevel.Warning, "Stopping: this worker could not sign off; its jobs run again when its lease has run out")]
    private static partial void NotLeft(ILogger logger, Exception exception);
}
