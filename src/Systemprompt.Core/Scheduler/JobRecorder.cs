using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>
/// Records in batches how attempts ended and how far others are. What cannot be recorded while the database is away is kept and tried again:
/// a job that was done must not run again for want of a row.
/// </summary>
internal sealed partial class JobRecorder(WorkStore store, IEvents events, TimeProvider clock, ILogger<JobRecorder> logger)
{
    /// <summary>A job's attempts are used up.</summary>
    public static readonly EventKind<DeadJob> Died = new("scheduler.job_died");

    private const int MostAtOnce = 500;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(400);
    private readonly Channel<(RunningJob Job, EndedAttempt End)> _ended = Channel.CreateUnbounded<(RunningJob, EndedAttempt)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<(RunningJob Job, EndedAttempt End)> _pending = [];
    private readonly ConcurrentDictionary<(long, int), RunningJob> _underWay = new();
    private int _unrecorded;

    /// <summary>Attempts that have ended and are not recorded. Bounded by what the worker takes.</summary>
    public int Unrecorded => Volatile.Read(ref _unrecorded);

    /// <summary>Raised after attempts were recorded.</summary>
    public event Action? Recorded;

    public void Watch(RunningJob job) => _underWay[(job.Id, job.Attempt)] = job;

    /// <summary>It was not begun, and is given back.</summary>
    public void Forget(RunningJob job) => _underWay.TryRemove((job.Id, job.Attempt), out _);

    public void Add(RunningJob job, EndedAttempt end)
    {
        _underWay.TryRemove((job.Id, job.Attempt), out _);
        Interlocked.Increment(ref _unrecorded);
        _ended.Writer.TryWrite((job, end));
    }

    /// <summary>One turn of the loop <c>scheduler.record</c>: waits for an end, or for the next report of progress.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count == 0) await WaitAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    /// <summary>Records everything that has ended until now.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_pending.Count < MostAtOnce && _ended.Reader.TryRead(out var ended)) _pending.Add(ended);
        if (_pending.Count > 0)
        {
            await RecordAsync(cancellationToken);
            foreach (var (job, end) in _pending.Where(ended => ended.End.Outcome == Outcome.Dead)) await PublishAsync(job, end, cancellationToken);
            Interlocked.Add(ref _unrecorded, -_pending.Count);
            foreach (var (job, _) in _pending) job.Dispose();
            _pending.Clear();
            Recorded?.Invoke();
        }

        foreach (var reports in _underWay.Values.Select(job => (job.Worker, Progress: job.TakeProgress())).Where(report => report.Progress is not null).GroupBy(report => report.Worker, report => report.Progress!))
            await store.ReportAsync(reports.Key, [.. reports], cancellationToken);
    }

    private async Task PublishAsync(RunningJob job, EndedAttempt end, CancellationToken cancellationToken)
    {
        // A delivery of events that is dead would otherwise make deliveries of its own.
        if (job.Kind.StartsWith("events.", StringComparison.Ordinal)) return;
        try
        {
            await events.PublishAsync(Died, new DeadJob(job.Id, job.Kind, job.Attempt, end.Error), cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            NotPublished(logger, job.Id, exception);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var next = new CancellationTokenSource(ProgressEvery, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(next.Token, cancellationToken);
        try
        {
            await _ended.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to report.
        }
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        foreach (var worker in _pending.GroupBy(ended => ended.Job.Worker))
        {
            var ends = worker.Select(ended => ended.End).ToList();
            try
            {
                await RecordAsync(worker.Key, ends, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
            {
                // One that PostgreSQL does not take must not keep the others from being recorded.
                foreach (var end in ends) await RecordOneAsync(worker.Key, end, cancellationToken);
            }
        }
    }

    private async Task RecordOneAsync(Guid worker, EndedAttempt end, CancellationToken cancellationToken)
    {
        try
        {
            await RecordAsync(worker, [end], cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
        {
            NotRecorded(logger, end.Id, end.Attempt, DatabaseErrors.Describe(exception));
        }
    }

    private async Task RecordAsync(Guid worker, IReadOnlyList<EndedAttempt> ends, CancellationToken cancellationToken)
    {
        List<EndedAttempt> over = [.. ends.Where(end => end.IsOver)], back = [.. ends.Where(end => !end.IsOver)];
        var recorded = new HashSet<long>();
        if (over.Count > 0) recorded.UnionWith(await store.FinishAsync(worker, over, cancellationToken));
        if (back.Count > 0) recorded.UnionWith(await store.PutBackAsync(worker, back, cancellationToken));
        List<EndedAttempt> cancelled = [.. back.Where(end => !recorded.Contains(end.Id)).Select(end => end with { Outcome = Outcome.Cancelled })];
        if (cancelled.Count > 0) recorded.UnionWith(await store.FinishAsync(worker, cancelled, cancellationToken));
        foreach (var end in ends.Where(end => !recorded.Contains(end.Id))) NotOurs(logger, end.Id, end.Attempt, Words.Of(end.Outcome));
    }

    [LoggerMessage(2414, LogLevel.Warning, "That job {Job} died could not be published")]
    private static partial void NotPublished(ILogger logger, long job, Exception exception);

    [LoggerMessage(2405, LogLevel.Warning, "Job {Job}, attempt {Attempt}, ended here as {Outcome}, but had been given to another process or removed")]
    private static partial void NotOurs(ILogger logger, long job, int attempt, string outcome);

    [LoggerMessage(2406, LogLevel.Error, "The end of job {Job}, attempt {Attempt}, cannot be recorded: {Reason}")]
    private static partial void NotRecorded(ILogger logger, long job, int attempt, string reason);
}
