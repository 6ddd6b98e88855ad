using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit;

/// <summary>The audit room's SQL. All times are the database's.</summary>
internal static class AuditStore
{
    /// <summary>Ends a writer's transaction: parameters are writer, seq before, seq after, head.</summary>
    public const string Advance = "select audit.advance($1, $2, $3, $4)";

    /// <summary>Takes rows of a table: covered columns, the writer's three, personal columns.</summary>
    public static string CopyIn(AuditTable table) => $"copy {table.Name} ({string.Join(", ", AllColumns(table))}) from stdin (format binary)";

    /// <summary>Takes some rows of a table, their fields in the order of <see cref="CopyIn"/>.</summary>
    public static string Insert(AuditTable table, int rows)
    {
        var values = Enumerable.Range(0, rows).Select(row => $"({string.Join(", ", Enumerable.Range((row * table.FieldCount) + 1, table.FieldCount).Select(static i => $"${i}"))})");
        return $"insert into {table.Name} ({string.Join(", ", AllColumns(table))}) values {string.Join(", ", values)}";
    }

    /// <summary>The columns of a complete row, in the order they are written.</summary>
    public static string[] AllColumns(AuditTable table) => [.. table.Columns, "writer", "seq", "hash", .. table.PersonalColumns];

    /// <summary>The names and types of a table's columns.</summary>
    public static async Task<Dictionary<string, string>> ColumnTypesAsync(NpgsqlConnection connection, AuditTable table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select attname::text, format_type(atttypid, null)
              from pg_attribute
             where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
            """, connection);
        command.Parameters.Add(new() { Value = table.Name });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>();
        while (await reader.ReadAsync(cancellationToken)) types.Add(reader.GetString(0), reader.GetString(1));
        return types;
    }

    /// <summary>Gives a writer's rows of a table in order: covered columns, seq, hash, personal columns that have a digest.</summary>
    public static string CopyOut(AuditTable table, Guid writer, long firstSeq, long lastSeq)
    {
        var columns = string.Join(", ", table.Columns.Concat(["seq", "hash"]).Concat(table.Digests.Select(static digest => digest.Column)));
        // Quoted, so that the smallest number there is stays a bigint.
        return $"copy (select {columns} from {table.Name} where writer = '{writer}' and seq between '{firstSeq}' and '{lastSeq}' order by seq) to stdout (format binary)";
    }

    /// <summary>Makes the missing partitions of a table.</summary>
    public static async Task EnsurePartitionsAsync(NpgsqlDataSource database, AuditTable table, int daysAhead, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select audit.ensure_partitions($1, $2)");
        command.Parameters.Add(new() { Value = table.Name });
        command.Parameters.Add(new() { Value = daysAhead });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task RegisterAsync(
        NpgsqlConnection connection, ChainPosition chain, WriterOrigin origin, int lane, AuditSettings settings, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into audit.writers (id, tenant, instance, lane, host, pid, lease_until, head, grace)
            values ($1, $2, $3, $4, $5, $6, now() + $7, $8, $9)
            """, connection);
        command.Parameters.Add(new() { Value = chain.Writer });
        command.Parameters.Add(new() { Value = origin.Tenant });
        command.Parameters.Add(new() { Value = origin.Instance });
        command.Parameters.Add(new() { Value = lane });
        command.Parameters.Add(new() { Value = origin.Host });
        command.Parameters.Add(new() { Value = origin.ProcessId });
        command.Parameters.Add(new() { Value = settings.Lease });
        command.Parameters.Add(new() { Value = chain.Head.ToArray() });
        command.Parameters.Add(new() { Value = settings.Mode == AuditMode.Journal ? settings.JournalGrace : TimeSpan.Zero });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Where the database says a writer is.</summary>
    public static async Task<WriterState?> ReadAsync(NpgsqlConnection connection, Guid writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select last_seq, head, closed_at is not null from audit.writers where id = $1", connection);
        command.Parameters.Add(new() { Value = writer });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new WriterState(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2))
            : null;
    }

    /// <summary>Every writer there ever was, in the order they began.</summary>
    public static async Task<IReadOnlyList<WriterHead>> WritersAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, started_at, last_seq, closed_at from audit.writers order by started_at, id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var writers = new List<WriterHead>();
        while (await reader.ReadAsync(cancellationToken)) writers.Add(new WriterHead(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3)));
        return writers;
    }

    /// <summary>The writers that a table's rows name.</summary>
    public static async Task<IReadOnlyList<Guid>> WritersInAsync(NpgsqlDataSource database, AuditTable table, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select distinct writer from {table.Name}");
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var writers = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken)) writers.Add(reader.GetGuid(0));
        return writers;
    }

    /// <summary>Renews leases; also one that has run out, as long as nobody has closed the writer meanwhile.</summary>
    /// <returns>The writers that live on.</returns>
    public static async Task<HashSet<Guid>> RenewAsync(NpgsqlConnection connection, Guid[] writers, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update audit.writers set lease_until = now() + $2 where id = any($1) and closed_at is null returning id", connection);
        command.Parameters.Add(new() { Value = writers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = lease });
        var alive = new HashSet<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) alive.Add(reader.GetGuid(0));
        return alive;
    }

    /// <summary>
    /// Locks one dead writer, if there is one that nobody else works on, and whose journal need not be waited for. None shortly after the server started: after an outage every
    /// lease has run out, and the living need a moment to renew theirs.
    /// </summary>
    /// <param name="connection">Inside a transaction, which holds the lock.</param>
    /// <param name="own">Writers of this process, which are never dead.</param>
    /// <param name="grace">How long the server must have run.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<DeadWriter?> LockDeadAsync(NpgsqlConnection connection, Guid[] own, TimeSpan grace, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select id, started_at, lease_until
              from audit.writers
             where closed_at is null
               and lease_until + grace < now()
               and id <> all($1)
               and pg_postmaster_start_time() < now() - $2
             order by lease_until
             limit 1
               for update skip locked
            """, connection);
        command.Parameters.Add(new() { Value = own });
        command.Parameters.Add(new() { Value = grace });
        return await ReadWriterAsync(command, cancellationToken);
    }

    /// <summary>The journals of these processes are in the database: nobody waits for them any more.</summary>
    public static async Task EndGraceAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> instances, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update audit.writers set grace = '0' where instance = any($1) and closed_at is null", connection);
        command.Parameters.Add(new() { Value = instances.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A writer that is not closed.</summary>
    public static async Task<DeadWriter?> FindAsync(NpgsqlConnection connection, Guid writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select id, started_at, lease_until from audit.writers where id = $1 and closed_at is null", connection);
        command.Parameters.Add(new() { Value = writer });
        return await ReadWriterAsync(command, cancellationToken);
    }

    public static async Task CloseAsync(NpgsqlConnection connection, Guid writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update audit.writers set closed_at = now() where id = $1", connection);
        command.Parameters.Add(new() { Value = writer });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<DeadWriter?> ReadWriterAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new DeadWriter(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2))
            : null;
    }
}

/// <summary>Where the database says a writer is.</summary>
internal sealed record WriterState(long LastSeq, byte[] Head, bool IsClosed);

/// <summary>A writer in the list of all.</summary>
internal sealed record WriterHead(Guid Id, DateTimeOffset StartedAt, long LastSeq, DateTimeOffset? ClosedAt);
