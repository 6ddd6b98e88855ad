namespace Systemprompt.Audit;

/// <summary>
/// The audit trail: a row handed over is in PostgreSQL, committed and flushed, when the returned task completes. Concurrent callers
/// share a commit.
/// </summary>
internal interface IAuditLog
{
    /// <summary>Commits rows together, in one transaction and in the order given.</summary>
    /// <exception cref="AuditUnavailableException">
    /// The rows could not be committed in time. A row marked <see cref="AuditRow.KeepTrying"/> is kept and retried in the background;
    /// any other is dropped, and the caller must refuse the call.
    /// </exception>
    ValueTask CommitAsync(AuditRow row, CancellationToken cancellationToken);

    /// <inheritdoc cref="CommitAsync(AuditRow, CancellationToken)"/>
    ValueTask CommitAsync(AuditRow first, AuditRow second, CancellationToken cancellationToken);
}

/// <summary>One row of a room's audit table, able to write itself.</summary>
internal abstract class AuditRow
{
    /// <summary>Where it goes. Each room has one static instance a table.</summary>
    public abstract AuditTable Table { get; }

    /// <summary>True for a terminal row, whose facts must not be lost when the database is away for a while.</summary>
    public virtual bool KeepTrying => false;

    /// <summary>Writes the row's own columns, in the order of <see cref="AuditTable.Columns"/>. Called once; the bytes are also what the hash chain covers.</summary>
    public abstract void Write(ref CopyTuple tuple);
}

/// <summary>The audit trail cannot take a row: the call it belongs to must be refused.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
