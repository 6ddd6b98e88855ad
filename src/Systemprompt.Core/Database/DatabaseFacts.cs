using Npgsql;

namespace Systemprompt.Database;

/// <summary>What a server says of itself, as far as <c>doctor</c> judges it.</summary>
internal sealed record DatabaseFacts
{
    public required Version Version { get; init; }

    public required string Encoding { get; init; }

    public required string ClusterName { get; init; }

    public required string SynchronousCommit { get; init; }

    public bool Fsync { get; init; } = true;

    public bool FullPageWrites { get; init; } = true;

    public bool Autovacuum { get; init; } = true;

    public bool IsReadOnly { get; init; }

    /// <summary>The session is not the one that answered when the connection was made.</summary>
    public bool IsPooled { get; init; }

    public int MaxConnections { get; init; } = 100;

    /// <summary>Connections kept for superusers.</summary>
    public int Reserved { get; init; }

    /// <summary>Processes of ours that are connected now.</summary>
    public int Instances { get; init; }

    public static async Task<DatabaseFacts> ReadAsync(NpgsqlConnection connection, string applicationName, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select current_setting('server_encoding'), current_setting('cluster_name'), current_setting('synchronous_commit'),
                   current_setting('fsync')::bool, current_setting('full_page_writes')::bool, current_setting('autovacuum')::bool,
                   pg_is_in_recovery() or current_setting('transaction_read_only')::bool,
                   current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
                   (select count(distinct split_part(application_name, ' ', 1))::int from pg_stat_activity
                     where starts_with(application_name, $1 || ':') and pid <> pg_backend_pid() and split_part(application_name, ' ', 1) <> split_part($2, ' ', 1)),
                   pg_backend_pid()
            """,
            connection) { Parameters = { new() { Value = applicationName }, new() { Value = $"{applicationName}:{DatabaseAddress.Instance}" } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new DatabaseFacts
        {
            Version = connection.PostgreSqlVersion,
            Encoding = reader.GetString(0),
            ClusterName = reader.GetString(1),
            SynchronousCommit = reader.GetString(2),
            Fsync = reader.GetBoolean(3),
            FullPageWrites = reader.GetBoolean(4),
            Autovacuum = reader.GetBoolean(5),
            IsReadOnly = reader.GetBoolean(6),
            MaxConnections = reader.GetInt32(7),
            Reserved = reader.GetInt32(8),
            Instances = reader.GetInt32(9),
            IsPooled = reader.GetInt32(10) != connection.ProcessID,
        };
    }

    /// <summary>Tables and views of our schemas that the role can neither read nor write. That it may not change what was audited is meant so.</summary>
    public static Task<IReadOnlyList<string>> ClosedTablesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken) => NamesAsync(
        connection,
        """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any($1) and c.relkind in ('r', 'p', 'v') and not c.relispartition
           and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select, insert'))
         order by 1
        """, cancellationToken, schemas);

    /// <summary>Tables partitioned by day that lack today's partition or tomorrow's; null when there is no such care yet.</summary>
    public static async Task<IReadOnlyList<string>?> MissingDaysAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var known = new NpgsqlCommand("select to_regclass('database.partitioned') is not null", connection))
            if (await known.ExecuteScalarAsync(cancellationToken) is not true) return null;
        return await NamesAsync(
            connection,
            """
            select t.name from database.partitioned t
             where exists (select from generate_series(0, 1) n where to_regclass(t.name || to_char((now() at time zone 'utc')::date + n, '"_"YYYYMMDD')) is null)
             order by 1
            """, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params string[][] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken)) names.Add(reader.GetString(0));
        return names;
    }
}
