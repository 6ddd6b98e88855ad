namespace Systemprompt.Audit;

/// <summary>One row of a room's audit table, able to write itself.</summary>
internal abstract class AuditRow
{
    /// <summary>Where it goes. Each room has one static instance a table.</summary>
    public abstract AuditTable Table { get; }

    /// <summary>True for a terminal row, whose facts must not be lost when the database is away for a while.</summary>
    public virtual bool KeepTrying => false;

    /// <summary>
    /// Writes the row's covered columns, in the order of <see cref="AuditTable.Columns"/>, on the thread that calls
    /// <see cref="IAuditLog.CommitAsync(AuditRow, CancellationToken)"/>. Called once; the bytes are also what the hash chain covers.
    /// </summary>
    public abstract void Write(ref CopyTuple tuple);

    /// <summary>
    /// Writes the personal columns, in the order of <see cref="AuditTable.PersonalColumns"/>. The hash chain leaves them out; <see cref="Write"/>
    /// puts a digest of what is evidence in (<see cref="CopyTuple.Digest"/>). <c>user_id</c> is such a column, <c>user_digest</c> its digest.
    /// </summary>
    public virtual void WritePersonal(ref CopyTuple tuple)
    {
    }

    /// <summary>
    /// For a row that opens something: the row that ends it again, or null. Written when <see cref="IAuditLog.CommitAsync(AuditRow, CancellationToken)"/>
    /// failed because nobody could tell in time whether the row was committed, and later it turns out that it was. The caller has refused the
    /// call by then and will not end it itself.
    /// </summary>
    public virtual AuditRow? WhenAbandoned() => null;
}
