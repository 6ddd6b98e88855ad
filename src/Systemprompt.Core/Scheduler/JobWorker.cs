using System.Collections.Concurrent;

namespace Systemprompt.Scheduler;

/// <summary>Takes jobs and runs as many at a time as it has slots.</summary>
internal sealed class JobWorker(WorkStore store, JobRunner runner, JobRecorder recorder, JobCatalogue catalogue, WorkerIdentity identity, SchedulerSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan PromoteEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LimitedEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(1);
    private readonly string[] _kinds = [.. catalogue.All.Where(job => job.MaxRunning is null).Select(job => job.Kind)];
    private readonly string[] _limitedKinds = [.. catalogue.All.Where(job => job.MaxRunning is not null).Select(job => job.Kind)];
    private readonly int[] _limits = [.. catalogue.All.Where(job => job.MaxRunning is not null).Select(job => job.MaxRunning!.Value)];
    private readonly ConcurrentDictionary<(long Id, int Attempt), (RunningJob Job, Task Task)> _running = new();
    private readonly Signal _work = new(clock);
    private long _promoted = long.MinValue, _limited = long.MinValue;
    private TimeSpan? _nextDue;

    public IEnumerable<RunningJob> Running => _running.Values.Select(running => running.Job);

    public int RunningCount => _running.Count;

    /// <summary>There may be work, or room for it.</summary>
    public void Wake() => _work.Raise();

    /// <summary>One turn of the loop <c>scheduler.take</c>: takes what there is room for, or waits.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        var room = Room;
        if (room <= 0)
        {
            await _work.WaitAsync(Forever, cancellationToken);
            return;
        }

        if (IsTime(ref _promoted, PromoteEvery)) _nextDue = await store.PromoteAsync(cancellationToken);
        var worker = identity.Id;
        var taken = 0;
        if (_kinds.Length > 0) taken += Start(await store.TakeAsync(worker, _kinds, room, cancellationToken), worker);
        if (_limitedKinds.Length > 0 && taken < room && IsTime(ref _limited, LimitedEvery))
            taken += Start(await store.TakeLimitedAsync(worker, _limitedKinds, _limits, room - taken, cancellationToken), worker);
        if (taken < room) await _work.WaitAsync(Pause(), cancellationToken);
    }

    /// <summary>Asks what runs to end.</summary>
    public void StopAll(Stopped why)
    {
        foreach (var job in Running) job.Stop(why);
    }

    /// <summary>Somebody cancelled a job.</summary>
    public void Cancel(long id, string? by)
    {
        foreach (var job in Running)
            if (job.Id == id) job.Stop(Stopped.ByOperator, by);
    }

    /// <summary>Completes when nothing runs any more.</summary>
    public Task IdleAsync() => Task.WhenAll(_running.Values.Select(running => running.Task));

    // What has ended and is not recorded yet counts too, half as much: recording overlaps with running, but does not fall behind for ever.
    private int Room => Math.Min(settings.Slots - _running.Count, settings.Slots * 2 - _running.Count - recorder.Unrecorded);

    private int Start(IReadOnlyList<TakenJob> jobs, Guid worker)
    {
        foreach (var taken in jobs)
        {
            var job = new RunningJob(taken, worker, catalogue.Find(taken.Kind)!, clock);
            recorder.Watch(job);
            var begin = new TaskCompletionSource();
            var task = Task.Run(async () =>
            {
                await begin.Task;
                await RunAsync(job);
            });
            _running[(job.Id, job.Attempt)] = (job, task);
            begin.SetResult();
        }

        return jobs.Count;
    }

    private async Task RunAsync(RunningJob job)
    {
        var end = await runner.RunAsync(job);
        recorder.Add(job, end);
        _running.TryRemove((job.Id, job.Attempt), out _);
        _work.Raise();
    }

    private TimeSpan Pause()
    {
        var pause = settings.Poll;
        if (_nextDue is { } due && due < pause) pause = due < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : due;
        if (_limitedKinds.Length > 0 && !IsPast(_limited, LimitedEvery) && pause > LimitedEvery) pause = LimitedEvery;
        return pause;
    }

    private bool IsTime(ref long last, TimeSpan every)
    {
        if (!IsPast(last, every)) return false;
        last = clock.GetTimestamp();
        return true;
    }

    private bool IsPast(long last, TimeSpan every) => last == long.MinValue || clock.GetElapsedTime(last) >= every;
}

/// <summary>As whom this process takes jobs: another id after it was taken for dead.</summary>
internal sealed class WorkerIdentity
{
    private volatile string _id = Guid.CreateVersion7().ToString();

    public Guid Id => Guid.Parse(_id);

    public void Renew() => _id = Guid.CreateVersion7().ToString();
}
