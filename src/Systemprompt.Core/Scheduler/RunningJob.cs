using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>Why an attempt's token was cancelled.</summary>
internal enum Stopped
{
    /// <summary>It was not, or its time was over.</summary>
    No,

    /// <summary>Somebody cancelled the job.</summary>
    ByOperator,

    /// <summary>The process stops.</summary>
    ByShutdown,

    /// <summary>This process was taken for dead: the job is somebody else's now.</summary>
    LeaseLost,
}

/// <summary>An attempt under way in this process.</summary>
internal sealed class RunningJob : JobContext, IDisposable
{
    private readonly TakenJob _job;
    private readonly CancellationTokenSource _cancel;
    private readonly TimeProvider _clock;
    private long _started;
    private JobProgress? _progress;
    private int _stopped;

    public RunningJob(TakenJob job, Guid worker, JobRegistration registration, TimeProvider clock)
    {
        (_job, Worker, Registration, _clock) = (job, worker, registration, clock);
        _cancel = new CancellationTokenSource(System.Threading.Timeout.InfiniteTimeSpan, clock);
        _started = clock.GetTimestamp();
    }

    public override long Id => _job.Id;

    public override string Kind => _job.Kind;

    public override int Attempt => _job.Attempt;

    public override string? EnqueuedBy => _job.EnqueuedBy;

    public string Args => _job.Args;

    public int Failures => _job.Failures;

    /// <summary>As whom it was taken.</summary>
    public Guid Worker { get; }

    public JobRegistration Registration { get; }

    public CancellationToken Token => _cancel.Token;

    public Stopped Stopped => (Stopped)Volatile.Read(ref _stopped);

    public string? StoppedBy { get; private set; }

    /// <summary>How long it has run, or did until it was asked.</summary>
    public TimeSpan Ran => _clock.GetElapsedTime(Volatile.Read(ref _started));

    /// <summary>How long it has run beyond the time it was given: its code does not listen to its token.</summary>
    public TimeSpan Overdue => Ran - Registration.Timeout;

    /// <summary>A slot is free for it: its time begins.</summary>
    public void Begin()
    {
        Volatile.Write(ref _started, _clock.GetTimestamp());
        _cancel.CancelAfter(Registration.Timeout);
    }

    public override void Report(long done, long? total = null, string? note = null) =>
        Volatile.Write(ref _progress, new JobProgress(Id, Attempt, done, total, Words.Note(note)));

    /// <summary>The newest report that was not yet taken.</summary>
    public JobProgress? TakeProgress() => Volatile.Read(ref _progress) is null ? null : Interlocked.Exchange(ref _progress, null);

    /// <summary>Asks it to end. The first reason stands.</summary>
    public void Stop(Stopped why, string? by = null)
    {
        if (Interlocked.CompareExchange(ref _stopped, (int)why, (int)Stopped.No) != (int)Stopped.No) return;
        StoppedBy = by;
        try
        {
            _cancel.Cancel();
        }
        catch (Exception exception) when (exception is ObjectDisposedException or AggregateException)
        {
            // It has ended meanwhile, or what it registered with its token failed: that is its own business.
        }
    }

    public void Dispose() => _cancel.Dispose();
}
