namespace Systemprompt.Database;

/// <summary>
/// What the last writes ran into. A full disk shows only to those who write, so whoever writes says how it went, and the health check
/// tells it on.
/// </summary>
internal sealed class DatabaseCondition
{
    private volatile string? _fault;

    /// <summary>Why writes fail, or null while they do not.</summary>
    public string? WriteFault => _fault;

    /// <summary>A write failed. Only what stops every write is kept: a full disk, a server that takes none.</summary>
    public void Failed(Exception exception)
    {
        if (DatabaseErrors.IsDiskFull(exception) || DatabaseErrors.IsReadOnly(exception)) _fault = DatabaseErrors.Describe(exception);
    }

    /// <summary>A write was committed.</summary>
    public void Wrote()
    {
        // Read first: this runs with every batch, and a store would pull the cache line away from the other core.
        if (_fault is not null) _fault = null;
    }
}
