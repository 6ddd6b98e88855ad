using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// A room whose rows open something that a later row must end. When a writer's lease is gone, the sweep asks every settler for the ends of
/// what that writer left open, and commits them through the audit trail like any other row, so that they too stand in a hash chain.
/// Registered as a service.
/// </summary>
internal interface IOrphanSettler
{
    /// <summary>
    /// Terminal rows (status <c>interrupted</c>) for rows that the writer opened and nobody ended, <paramref name="limit"/> at most. Asked
    /// again, with the former answer committed, until it returns none. Their keys are those of the ends that the dead writer would have
    /// written, so that an end that arrives after all is a harmless conflict. <see cref="AuditRow.KeepTrying"/> is of no use on them.
    /// </summary>
    /// <param name="connection">An open connection inside the sweep's transaction (read committed). For reading only.</param>
    /// <param name="writer">Whose rows. Never one with a live lease.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<IReadOnlyList<AuditRow>> FindOrphansAsync(NpgsqlConnection connection, DeadWriter writer, int limit, CancellationToken cancellationToken);
}

/// <summary>A writer whose lease is gone. Its rows carry <paramref name="Id"/> in column <c>writer</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StartedAt">Database time at which it began: none of its rows is much older.</param>
/// <param name="LeaseUntil">Database time at which its lease ended: none of its rows is much younger.</param>
internal sealed record DeadWriter(Guid Id, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil);
