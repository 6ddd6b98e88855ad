using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Audit.Bodies;
using Systemprompt.Audit.Journal;
using Systemprompt.Hosting;

namespace Systemprompt.Audit;

/// <summary>Starts and stops the parts of the audit trail in the right order.</summary>
internal sealed partial class AuditService(
    IServiceProvider services, AuditWriter writer, AuditJournal journal, BodyKeeper bodies, WriterLease lease, AuditState state, AuditSettings settings, BackgroundLoops loops, TimeProvider clock, ILogger<AuditService> logger)
{
    private readonly List<(CancellationTokenSource Stop, Task Loop)> _watching = [], _working = [];

    /// <summary>Starts everything and returns when rows can be committed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        var partitions = services.GetRequiredService<Partitions>();
        var sweep = services.GetRequiredService<OrphanSweep>();
        var replay = services.GetRequiredService<JournalReplay>();
        lease.Start(database);
        writer.Start(services.GetRequiredKeyedService<NpgsqlDataSource>("prepared"), lease);
        Run(_watching, "audit.lease", lease.BeatAsync);
        Run(_watching, "audit.watch", writer.WatchAsync);
        if (journal.IsOn) Run(_watching, "audit.journal", journal.WriteAsync);
        await state.WhenUp.WaitAsync(cancellationToken);
        // Nothing is served yet: whatever these rows opened and did not end was open in a process that is gone.
        if (await replay.WriteLeftAsync(cancellationToken) is { } oldest) await sweep.SettleLeftAsync(oldest, cancellationToken);
        if (replay.TakenOver.Count > 0) await sweep.EndGraceAsync(replay.TakenOver, cancellationToken);
        if (journal.IsOn) Run(_working, "audit.replay", replay.TurnAsync);
        if (bodies.IsOn) Run(_working, "audit.bodies", token => bodies.WriteAsync(services.GetRequiredService<BodyStore>(), token));
        Run(_working, "audit.partitions", partitions.TurnAsync);
        Run(_working, "audit.sweep", sweep.TurnAsync);
    }

    /// <summary>
    /// Ends what is open, commits what waits and closes the writers. If the database is away for longer than <c>audit.commit_timeout</c>, the
    /// writers stay open: another replica ends what they left when their leases have run out.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(settings.CommitTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await EndAsync(_working);
        if (bodies.IsOn) await TryAsync(() => bodies.StopAsync(services.GetRequiredService<BodyStore>(), either.Token));
        var sweep = services.GetRequiredService<OrphanSweep>();
        var settled = await TryAsync(() => sweep.SettleOwnAsync(either.Token));
        var committed = await TryAsync(() => writer.StopAsync(either.Token));
        await EndAsync(_watching);
        await TryAsync(journal.StopAsync);
        if (settled && committed) await TryAsync(() => sweep.CloseOwnAsync(either.Token));
        await lease.DisconnectAsync();
    }

    private void Run(List<(CancellationTokenSource Stop, Task Loop)> group, string name, Func<CancellationToken, Task> turn)
    {
        var stop = new CancellationTokenSource();
        group.Add((stop, Task.Run(() => loops.RunAsync(name, turn, stop.Token), CancellationToken.None)));
    }

    private static async Task EndAsync(List<(CancellationTokenSource Stop, Task Loop)> group)
    {
        foreach (var (stop, loop) in group)
        {
            await stop.CancelAsync();
            await loop;
            stop.Dispose();
        }

        group.Clear();
    }

    private async Task<bool> TryAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception exception)
        {
            StopIncomplete(logger, exception);
            return false;
        }
    }

    [LoggerMessage(2030, LogLevel.Error, "The audit trail did not stop cleanly; another replica settles what this one left open")]
    private static partial void StopIncomplete(ILogger logger, Exception exception);
}
