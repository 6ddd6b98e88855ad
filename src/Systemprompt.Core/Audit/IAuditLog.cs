namespace Systemprompt.Audit;

/// <summary>
/// The audit trail: a row handed over is in PostgreSQL, committed and flushed, when the returned task completes. Concurrent callers
/// share a commit.
/// </summary>
/// <remarks>
/// Cancellation is looked at before a row is handed over; from then on the outcome is awaited, for <c>audit.commit_timeout</c> at most, since
/// nobody can take back a commit that is under way. A row whose key is already there counts as committed. Await the task once.
/// </remarks>
internal interface IAuditLog
{
    /// <summary>Commits a row.</summary>
    /// <exception cref="AuditUnavailableException">
    /// The rows could not be committed in time, or at all. A row marked <see cref="AuditRow.KeepTrying"/> is kept and retried in the background;
    /// any other is dropped, and the caller must refuse the call.
    /// </exception>
    ValueTask CommitAsync(AuditRow row, CancellationToken cancellationToken);

    /// <summary>Commits two rows together, in one transaction and in the order given.</summary>
    /// <exception cref="AuditUnavailableException">As for one row; whether the pair is kept is what the first row says.</exception>
    ValueTask CommitAsync(AuditRow first, AuditRow second, CancellationToken cancellationToken);
}

/// <summary>The audit trail cannot take a row: the call it belongs to must be refused.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
