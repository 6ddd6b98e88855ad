using Microsoft.Extensions.Logging;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// Ends what dead writers left open. Every replica runs it; the lock on the writer's row lets only one work on a writer, and holds until
/// what it left is ended and it is closed. A living writer's rows are never touched: its lease is looked at under that lock.
/// </summary>
internal sealed partial class OrphanSweep(
    NpgsqlDataSource database,
    IAuditLog log,
    WriterLease lease,
    IEnumerable<IOrphanSettler> settlers,
    AuditSettings settings,
    TimeProvider clock,
    ILogger<OrphanSweep> logger)
{
    private const int Portion = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After an outage every lease has run out. The living renew theirs within a heartbeat or two; only then is a lease that has run out
    /// a sign of death.
    /// </summary>
    private TimeSpan Grace => settings.Heartbeat * 2;

    /// <summary>One turn of the loop <c>audit.sweep</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        // Replicas that started together do not look together for ever.
        await Task.Delay(Pause + TimeSpan.FromMilliseconds(Random.Shared.Next(0, 1000)), clock, cancellationToken);
        if (lease.HeldFor < Grace) return;
        while (await SweepOneAsync(cancellationToken))
        {
        }
    }

    /// <summary>Closes one dead writer.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> SweepOneAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var writer = await AuditStore.LockDeadAsync(connection, lease.Writers, Grace, cancellationToken);
        if (writer is null) return false;
        var settled = await SettleAsync(connection, writer, cancellationToken);
        await AuditStore.CloseAsync(connection, writer.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        WriterSwept(logger, writer.Id, settled);
        return true;
    }

    /// <summary>
    /// Ends what the calls of this process still left open when it stops. Without the lock that a sweep holds: its own lanes commit these rows,
    /// and they need their writers' rows.
    /// </summary>
    public async Task SettleOwnAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var id in lease.Writers)
            if (await AuditStore.FindAsync(connection, id, cancellationToken) is { } writer)
                await SettleAsync(connection, writer, cancellationToken);
    }

    /// <summary>Ends what the journal of a dead process opened and did not end, before this process serves anything.</summary>
    /// <param name="since">When that journal was begun.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task SettleLeftAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var id in lease.Writers)
            if (await AuditStore.FindAsync(connection, id, cancellationToken) is { } writer && await SettleAsync(connection, writer with { StartedAt = since }, cancellationToken) is > 0 and var settled)
                LeftSettled(logger, settled);
    }

    /// <summary>The journals of these processes are in the database: whatever they left open has no other end.</summary>
    public async Task EndGraceAsync(IReadOnlyCollection<Guid> instances, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await AuditStore.EndGraceAsync(connection, instances, cancellationToken);
    }

    /// <summary>Closes this process's writers. Nothing may be written any more.</summary>
    public async Task CloseOwnAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var id in lease.Writers)
        {
            await AuditStore.CloseAsync(connection, id, cancellationToken);
            lease.Remove(id);
        }
    }

    private async Task<int> SettleAsync(NpgsqlConnection connection, DeadWriter writer, CancellationToken cancellationToken)
    {
        var settled = 0;
        foreach (var settler in settlers)
        {
            while (await settler.FindOrphansAsync(connection, writer, Portion, cancellationToken) is { Count: > 0 } rows)
            {
                await Task.WhenAll(rows.Select(row => log.CommitAsync(row, cancellationToken).AsTask()));
                settled += rows.Count;
            }
        }

        return settled;
    }

    [LoggerMessage(2013, LogLevel.Warning, "{Settled} calls that the journal of a dead process had left open are recorded as interrupted")]
    private static partial void LeftSettled(ILogger logger, int settled);

    [LoggerMessage(2011, LogLevel.Warning, "Audit writer {Writer} died; {Settled} calls it left open are recorded as interrupted")]
    private static partial void WriterSwept(ILogger logger, Guid writer, int settled);
}
