using System.Collections.Concurrent;
using System.Diagnostics;

namespace Systemprompt.Scheduler;

/// <summary>Takes jobs and runs as many at a time as it has slots.</summary>
/// <remarks>
/// While jobs take next to no time, a round trip for each handful would be most of the work: it then takes some ahead, as many as are begun
/// within a few milliseconds, and gives them back when a slow one comes between.
/// </remarks>
internal sealed class JobWorker(WorkStore store, JobRunner runner, JobRecorder recorder, JobCatalogue catalogue, WorkerIdentity identity, SchedulerSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan PromoteEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LimitedEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestAhead = TimeSpan.FromMilliseconds(250);
    private readonly string[] _kinds = [.. catalogue.All.Where(job => job.MaxRunning is null).Select(job => job.Kind)];
    private readonly string[] _limitedKinds = [.. catalogue.All.Where(job => job.MaxRunning is not null).Select(job => job.Kind)];
    private readonly int[] _limits = [.. catalogue.All.Where(job => job.MaxRunning is not null).Select(job => job.MaxRunning!.Value)];
    private readonly ConcurrentDictionary<(long Id, int Attempt), RunningJob> _taken = new();
    private readonly ConcurrentQueue<RunningJob> _ahead = new();
    private readonly ConcurrentDictionary<Task, bool> _slots = new();
    private readonly JobSlots _room = new(settings.Slots);
    private readonly TakeAhead _pace = new(settings.Slots);
    private readonly Signal _work = new(clock);
    private long _promoted = long.MinValue, _limited = long.MinValue, _began;
    private TimeSpan? _nextDue;

    public IEnumerable<RunningJob> Running => _taken.Values;

    public int RunningCount => _room.Taken;

    /// <summary>There may be work, or room for it.</summary>
    public void Wake() => _work.Raise();

    /// <summary>One turn of the loop <c>scheduler.take</c>: takes what there is room for, or waits.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        await GiveBackLateAsync(cancellationToken);
        var (room, ahead) = Room();
        if (room <= 0)
        {
            await _work.WaitAsync(_ahead.IsEmpty ? Forever : LongestAhead, cancellationToken);
            return;
        }

        if (IsTime(ref _promoted, PromoteEvery)) _nextDue = await store.PromoteAsync(cancellationToken);
        var worker = identity.Id;
        var taken = 0;
        // First, since the others would fill every slot: these have a limit of their own.
        var free = Math.Min(room, settings.Slots - _taken.Count);
        if (_limitedKinds.Length > 0 && free > 0 && IsTime(ref _limited, LimitedEvery))
            taken += Start(await store.TakeLimitedAsync(worker, _limitedKinds, _limits, free, cancellationToken), worker);
        if (_kinds.Length > 0 && taken < room) taken += Start(await store.TakeAsync(worker, _kinds, room - taken, cancellationToken), worker);
        if (taken < room - ahead || taken == 0) await _work.WaitAsync(Pause(), cancellationToken);
    }

    /// <summary>Asks what runs to end.</summary>
    public void StopAll(Stopped why)
    {
        foreach (var job in Running) job.Stop(why);
    }

    /// <summary>Whether an attempt is this process's to end.</summary>
    public bool Has(long id, int attempt) => _taken.ContainsKey((id, attempt));

    /// <summary>Somebody cancelled a job.</summary>
    public void Cancel(long id, string? by)
    {
        foreach (var job in Running)
            if (job.Id == id) job.Stop(Stopped.ByOperator, by);
    }

    /// <summary>Completes when nothing runs any more.</summary>
    public Task IdleAsync() => Task.WhenAll(_slots.Keys);

    /// <summary>Gives back what was taken ahead and not begun.</summary>
    public async Task GiveBackAsync(CancellationToken cancellationToken)
    {
        var back = new List<RunningJob>();
        while (_ahead.TryDequeue(out var job)) back.Add(job);
        try
        {
            foreach (var mine in back.GroupBy(job => job.Worker).ToList())
            {
                var given = await store.GiveBackAsync(mine.Key, [.. mine.Select(job => job.Id)], [.. mine.Select(job => job.Attempt)], cancellationToken);
                foreach (var job in mine.Where(job => given.Contains(job.Id)))
                {
                    back.Remove(job);
                    _taken.TryRemove((job.Id, job.Attempt), out _);
                    recorder.Forget(job);
                    job.Dispose();
                }
            }
        }
        finally
        {
            // One that somebody cancelled meanwhile still has to end here, and the database may be away.
            foreach (var job in back) _ahead.Enqueue(job);
            FillSlots();
        }
    }

    private async Task GiveBackLateAsync(CancellationToken cancellationToken)
    {
        if (_ahead.IsEmpty || clock.GetElapsedTime(Volatile.Read(ref _began)) < LongestAhead) return;
        _pace.Took(LongestAhead);
        await GiveBackAsync(cancellationToken);
    }

    /// <summary>How many to take now, and how many of them ahead.</summary>
    private (int Room, int Ahead) Room()
    {
        var ahead = _pace.Count;
        var most = settings.Slots + ahead;
        // What has ended and is not recorded yet counts too: recording overlaps with running, but does not fall behind for ever.
        var room = Math.Min(most - _taken.Count, most * 2 - _taken.Count - recorder.Unrecorded);
        // A few at a time are not worth a round trip while there is enough to do.
        return ahead > 0 && room < most / 4 ? (0, 0) : (room, Math.Min(ahead, room));
    }

    private int Start(IReadOnlyList<TakenJob> jobs, Guid worker)
    {
        foreach (var taken in jobs)
        {
            var job = new RunningJob(taken, worker, catalogue.Find(taken.Kind)!, clock);
            _taken[(job.Id, job.Attempt)] = job;
            recorder.Watch(job);
            _ahead.Enqueue(job);
        }

        FillSlots();
        return jobs.Count;
    }

    private void FillSlots()
    {
        while (!_ahead.IsEmpty)
        {
            if (!_room.TryTake()) return;
            var slot = new Task<Task>(RunSlotAsync);
            _slots[slot.Unwrap()] = true;
            slot.Start(TaskScheduler.Default);
        }
    }

    private async Task RunSlotAsync()
    {
        try
        {
            while (_ahead.TryDequeue(out var job)) await RunAsync(job);
        }
        finally
        {
            _room.Free();
        }

        // One may have been added after the look and before the slot was free.
        FillSlots();
        foreach (var (slot, _) in _slots)
            if (slot.IsCompleted) _slots.TryRemove(slot, out bool _);
        _work.Raise();
    }

    private async Task RunAsync(RunningJob job)
    {
        Volatile.Write(ref _began, clock.GetTimestamp());
        try
        {
            // A trace of its own: who enqueued it is long gone.
            using var span = SchedulerMetrics.Source.StartActivity("job", ActivityKind.Consumer);
            var end = await runner.RunAsync(job);
            SchedulerMetrics.Ran(job, end, span);
            _pace.Took(job.Ran);
            recorder.Add(job, end);
        }
        finally
        {
            _taken.TryRemove((job.Id, job.Attempt), out _);
            _work.Raise();
        }
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
