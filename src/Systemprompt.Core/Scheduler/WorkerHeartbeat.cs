using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;

namespace Systemprompt.Scheduler;

/// <summary>Keeps this process's lease, and the lead if it has it.</summary>
internal sealed partial class WorkerHeartbeat(
    WorkerStore store, WorkerIdentity identity, JobWorker worker, JobCatalogue catalogue, SchedulerSettings settings, HostInfo info, TimeProvider clock, ILogger<WorkerHeartbeat> logger)
{
    private long _leadUntil = long.MinValue;
    private long _heldSince = long.MaxValue;

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

    /// <summary>One turn of the loop <c>scheduler.heartbeat</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BeatAsync(cancellationToken);
        }
        catch
        {
            Volatile.Write(ref _heldSince, long.MaxValue);
            throw;
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
        foreach (var (id, by) in beat.Cancelled) worker.Cancel(id, by);
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

    [LoggerMessage(2407, LogLevel.Information, "This process leads the scheduler, term {Term}")]
    private static partial void Leading(ILogger logger, long term);

    [LoggerMessage(2408, LogLevel.Warning, "Worker {Worker} of this process was taken for dead: its heartbeats did not arrive for longer than the lease. Its jobs run again elsewhere")]
    private static partial void TakenForDead(ILogger logger, Guid worker);
}
