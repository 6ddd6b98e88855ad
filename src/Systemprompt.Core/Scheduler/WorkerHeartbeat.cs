using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;

namespace Systemprompt.Scheduler;

/// <summary>Keeps this process's lease, and the lead if it has it.</summary>
internal sealed partial class WorkerHeartbeat(
    WorkerStore store, WorkStore work, WorkerIdentity identity, JobWorker worker, JobRecorder recorder, JobCatalogue catalogue, SchedulerSettings settings, HostInfo info, TimeProvider clock, ILogger<WorkerHeartbeat> logger)
{
    private long _leadUntil = long.MinValue;
    private long _heldSince = long.MaxValue;
    private HashSet<(long, int)> _strays = [];
    private int _failures;

    /// <summary>
    /// Whether this process leads, by its own reckoning: from before the heartbeat was sent, and a tenth of the lease less, so that it steps down
    /// before another can step up.
    /// </summary>
    public bool Leads => Volatile.Read(ref _leadUntil) is var until and not long.MinValue && clock.GetElapsedTime(until) < TimeSpan.Zero;

    /// <summary>For how long every heartbeat has succeeded.</summary>
    public TimeSpan HeldFor => Volatile.Read(ref _heldSince) is var since and not long.MaxValue ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Set when the process stops: it gives up the lead and takes nothing more.</summary>
    public bool IsDraining { get; set; }

    public Task RegisterAsync(CancellationToken cancellationToken) =>
        store.RegisterAsync(identity.Id, info.Instance, info.Version, settings.Slots, [.. catalogue.All.Select(job => job.Kind)], settings.Lease, cancellationToken);

    /// <summary>
    /// One turn of the loop <c>scheduler.heartbeat</c>. A failure is no reason to wait longer: when the database is back, the living have little time to
    /// say so.
    /// </summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(settings.Lease / 3, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            await BeatAsync(either.Token);
            _failures = 0;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _heldSince, long.MaxValue);
            if (_failures++ == 0) BeatFailed(logger, exception);
        }

        await Task.Delay(settings.Heartbeat, clock, cancellationToken);
    }

    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        var sent = clock.GetTimestamp();
        var beat = await store.BeatAsync(identity.Id, settings.Lease, IsDraining, cancellationToken);
        if (!beat.IsAlive) await StartAgainAsync(cancellationToken);
        var trusted = (long)(settings.Lease.TotalSeconds * 0.9 * clock.TimestampFrequency);
        var led = Leads;
        Volatile.Write(ref _leadUntil, beat is { IsAlive: true, Term: not null } ? sent + trusted : long.MinValue);
        if (!led && Leads) Leading(logger, beat.Term!.Value);
        Interlocked.CompareExchange(ref _heldSince, clock.GetTimestamp(), long.MaxValue);
        foreach (var (id, _, by) in beat.Running)
            if (by is not null) worker.Cancel(id, by);
        await GiveStraysBackAsync(beat.Running, cancellationToken);
    }

    /// <summary>
    /// Jobs that the table says run here and nobody here knows: a take that was committed and whose answer was lost. Known for a beat, so that
    /// none is just on its way.
    /// </summary>
    private async Task GiveStraysBackAsync(IReadOnlyList<(long Id, int Attempt, string? CancelledBy)> running, CancellationToken cancellationToken)
    {
        var now = recorder.Unrecorded > 0 ? [] : running.Where(job => !worker.Has(job.Id, job.Attempt)).Select(job => (job.Id, job.Attempt)).ToHashSet();
        var certain = now.Where(_strays.Contains).ToList();
        _strays = now;
        if (certain.Count == 0) return;
        StraysFound(logger, certain.Count);
        await work.GiveBackAsync(identity.Id, [.. certain.Select(job => job.Item1)], [.. certain.Select(job => job.Item2)], cancellationToken);
    }

    /// <summary>Its jobs are others' now: what runs here ends, and the process goes on as a new worker.</summary>
    private async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        TakenForDead(logger, identity.Id);
        worker.StopAll(Stopped.LeaseLost);
        identity.Renew();
        await RegisterAsync(cancellationToken);
        worker.Wake();
    }

    [LoggerMessage(2415, LogLevel.Warning, "The scheduler's heartbeat failed; it is tried again at every beat")]
    private static partial void BeatFailed(ILogger logger, Exception exception);

    [LoggerMessage(2416, LogLevel.Warning, "{Jobs} jobs were taken by this process and never reached it; they wait again")]
    private static partial void StraysFound(ILogger logger, int jobs);

    [LoggerMessage(2407, LogLevel.Information, "This process leads the scheduler, term {Term}")]
    private static partial void Leading(ILogger logger, long term);

    [LoggerMessage(2408, LogLevel.Warning, "Worker {Worker} of this process was taken for dead: its heartbeats did not arrive for longer than the lease. Its jobs run again elsewhere")]
    private static partial void TakenForDead(ILogger logger, Guid worker);
}
