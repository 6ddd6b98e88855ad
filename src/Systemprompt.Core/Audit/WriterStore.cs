using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit;

/// <summary>Who writes: one process. Each of its lanes is a writer of its own.</summary>
/// <param name="Tenant">The profile's tenant.</param>
/// <param name="Instance">The process's id of its own.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="ProcessId">The operating system's number.</param>
internal sealed record WriterOrigin(string Tenant, Guid Instance, string Host, int ProcessId)
{
    public static WriterOrigin Here(string tenant) => new(tenant, Guid.CreateVersion7(), Environment.MachineName, Environment.ProcessId);
}

/// <summary>The SQL on <c>audit.writers</c>. All times are the database's.</summary>
internal static class WriterStore
{
    public static async Task RegisterAsync(
        NpgsqlConnection connection, ChainPosition chain, WriterOrigin origin, int lane, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into audit.writers (id, tenant, instance, lane, host, pid, lease_until, head)
            values ($1, $2, $3, $4, $5, $6, now() + $7, $8)
            """, connection);
        command.Parameters.Add(new() { Value = chain.Writer });
        command.Parameters.Add(new() { Value = origin.Tenant });
        command.Parameters.Add(new() { Value = origin.Instance });
        command.Parameters.Add(new() { Value = lane });
        command.Parameters.Add(new() { Value = origin.Host });
        command.Parameters.Add(new() { Value = origin.ProcessId });
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = chain.Head.ToArray() });
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
    /// Locks one dead writer, if there is one that nobody else works on. None shortly after the server started: after an outage every
    /// lease has run out, and the living need a moment to renew theirs.
    /// </summary>
    public static async Task<DeadWriter?> LockDeadAsync(NpgsqlConnection connection, TimeSpan grace, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select id, started_at, lease_until
              from audit.writers
             where closed_at is null
               and lease_until < now()
               and pg_postmaster_start_time() < now() - $1
             order by lease_until
             limit 1
               for update skip locked
            """, connection);
        command.Parameters.Add(new() { Value = grace });
        return await ReadWriterAsync(command, cancellationToken);
    }

    /// <summary>Locks a writer of this process that is about to be closed. Null when it is closed already.</summary>
    public static async Task<DeadWriter?> LockOwnAsync(NpgsqlConnection connection, Guid writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select id, started_at, lease_until from audit.writers where id = $1 and closed_at is null for update", connection);
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
