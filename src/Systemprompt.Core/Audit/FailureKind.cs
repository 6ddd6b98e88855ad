using Npgsql;

namespace Systemprompt.Audit;

/// <summary>What a failed transaction of the writer says about what to do next.</summary>
internal enum FailureKind
{
    /// <summary>The connection, the server or its resources: nothing is known about the commit; connect again and look.</summary>
    Away,

    /// <summary>Not committed, and worth another try as it is.</summary>
    Retry,

    /// <summary>Not committed: the writer was closed, or another connection moved it on. Go on as a new writer.</summary>
    Fenced,

    /// <summary>Not committed: a row is already there.</summary>
    Conflict,

    /// <summary>Not committed: PostgreSQL does not take a row for what it is.</summary>
    Content,
}

/// <summary>Reads failures (PostgreSQL manual, appendix A, error codes).</summary>
internal static class Failure
{
    public static FailureKind Classify(Exception exception)
    {
        if (exception is not PostgresException refusal || refusal.InvariantSeverity is "FATAL" or "PANIC") return FailureKind.Away;
        return refusal.SqlState switch
        {
            "SP001" => FailureKind.Fenced,
            PostgresErrorCodes.UniqueViolation => FailureKind.Conflict,
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable => FailureKind.Retry,
            // Without a name it is a partition's: the row's day got its own partition while the row was on its way to the default one.
            PostgresErrorCodes.CheckViolation when string.IsNullOrEmpty(refusal.ConstraintName) => FailureKind.Retry,
            // A standby after a failover, or a disk that the operator made read-only.
            PostgresErrorCodes.ReadOnlySqlTransaction => FailureKind.Away,
            // The session is not the one that prepared: somebody deallocated, or a pooler stands where only the server itself should.
            PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement => FailureKind.Away,
            _ => refusal.SqlState[..2] switch
            {
                // Connection, resources (disk full, memory), operator intervention, system error.
                "08" when refusal.SqlState != PostgresErrorCodes.ProtocolViolation => FailureKind.Away,
                "53" or "57" or "58" => FailureKind.Away,
                _ => FailureKind.Content,
            },
        };
    }
}
