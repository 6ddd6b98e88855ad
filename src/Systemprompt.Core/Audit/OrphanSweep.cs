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
        var writer = await WriterStore.LockDeadAsync(connection, Grace, cancellationToken);
        if (writer is null) return false;
        var settled = await SettleAndCloseAsync(connection, writer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        WriterSwept(logger, writer.Id, settled);
        return true;
    }

    /// <summary>Closes a writer of this process that has ended its work. What its calls still left open is ended too.</summary>
    public async Task CloseOwnAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await WriterStore.LockOwnAsync(connection, id, cancellationToken) is not { } writer) return;
        await SettleAndCloseAsync(connection, writer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<int> SettleAndCloseAsync(NpgsqlConnection connection, DeadWriter writer, CancellationToken cancellationToken)
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

        await WriterStore.CloseAsync(connection, writer.Id, cancellationToken);
        return settled;
    }

    [LoggerMessage(2011, LogLevel.Warning, "Audit writer {Writer} died; {Settled} calls it left open are recorded as interrupted")]
    private static partial void WriterSwept(ILogger logger, Guid writer, int settled);
}
