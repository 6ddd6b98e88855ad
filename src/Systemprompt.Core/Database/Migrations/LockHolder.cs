using Npgsql;

namespace Systemprompt.Database.Migrations;

/// <summary>A session that holds a lock somebody waits for.</summary>
internal sealed record LockHolder(int Pid, string Application, string User, string Client, string State, TimeSpan Since)
{
    public override string ToString() =>
        $"pid {Pid} (application '{Application}', user '{User}', from {Client}, {State} for {(long)Since.TotalSeconds} s; end it with: select pg_terminate_backend({Pid}))";

    /// <summary>Who holds an advisory lock of this database.</summary>
    public static Task<IReadOnlyList<LockHolder>> OfAdvisoryAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            """
            a.pid in (select l.pid from pg_locks l
                      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                        and l.database = (select oid from pg_database where datname = current_database())
                        and (l.classid::bigint << 32 | l.objid::bigint) = $1)
            """,
            key, cancellationToken);

    /// <summary>Who keeps a session waiting.</summary>
    public static Task<IReadOnlyList<LockHolder>> OfBlockedAsync(NpgsqlConnection connection, int blocked, CancellationToken cancellationToken) =>
        ReadAsync(connection, "a.pid = any(pg_blocking_pids($1))", blocked, cancellationToken);

    private static async Task<IReadOnlyList<LockHolder>> ReadAsync<T>(NpgsqlConnection connection, string which, T value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
             select a.pid, coalesce(a.application_name, ''), coalesce(a.usename, ''), coalesce(host(a.client_addr), 'this machine'),
                    coalesce(a.state, a.backend_type), coalesce(clock_timestamp() - a.state_change, '0')
             from pg_stat_activity a
             where {which}
             order by a.pid
             """,
            connection) { Parameters = { new NpgsqlParameter<T> { TypedValue = value } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var holders = new List<LockHolder>();
        while (await reader.ReadAsync(cancellationToken))
            holders.Add(new LockHolder(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetTimeSpan(5)));
        return holders;
    }
}
