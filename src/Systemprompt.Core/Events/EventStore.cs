using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Events;

/// <summary>Events in PostgreSQL: published, put in order, read.</summary>
internal sealed class EventStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Something was published and is not in order yet.</summary>
    public const string OutboxChannel = "events_outbox";

    /// <summary>Something is in the log.</summary>
    public const string LogChannel = "events_log";

    public async Task InsertAsync(NpgsqlConnection connection, string kind, string data, string? audience, bool announce, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("insert into events.outbox (tenant, kind, audience, data) values ($1, $2, $3, $4)")
        {
            Parameters =
            {
                new() { Value = profile.Tenant }, new() { Value = kind }, new() { Value = (object?)audience ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = data, NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        });
        if (announce) batch.BatchCommands.Add(new("select pg_notify($1, '')") { Parameters = { new() { Value = OutboxChannel } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Moves what was published into the log, in order, as part of a transaction that holds the one lock for it.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> OrderAsync(NpgsqlConnection connection, int most, CancellationToken cancellationToken)
    {
        const string hold = "select pg_advisory_xact_lock(hashtextextended('events.log', 0))";
        const string move = """
            with moved as (
                delete from events.outbox
                 where id in (select id from events.outbox where tenant = $1 order by id limit $2)
                returning id, tenant, kind, audience, data, at
            ), logged as (
                insert into events.log (id, tenant, kind, audience, data, at)
                select nextval('events.log_id'), tenant, kind, audience, data, at from (select * from moved order by id) ordered
                returning id, kind, audience, data::text, at
            ), told as (
                select pg_notify($3, '') where exists (select from logged)
            )
            select logged.id, kind, audience, data, at from logged left join told on true order by id
            """;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(hold));
        batch.BatchCommands.Add(new(move) { Parameters = { new() { Value = profile.Tenant }, new() { Value = most }, new() { Value = LogChannel } } });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    public async Task<bool> HasUnorderedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select exists (select from events.outbox where tenant = $1)");
        command.Parameters.Add(new() { Value = profile.Tenant });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Events after an id, oldest first.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> AfterAsync(long id, int most, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, kind, audience, data::text, at from events.log where tenant = $1 and id > $2 order by id limit $3");
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    /// <summary>The newest events, newest first.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> NewestAsync(string? kind, int most, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, kind, audience, data::text, at from events.log where tenant = $1 and ($2::text is null or kind = $2) order by id desc limit $3");
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = (object?)kind ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    public async Task<LoggedEvent?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, kind, audience, data::text, at from events.log where tenant = $1 and id = $2");
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await ReadAsync(reader, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The first and the last id that are kept; null when the log is empty. Ids of all tenants, which is what they are counted over.</summary>
    public async Task<(long First, long Last)?> KeptAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select min(id), max(id) from events.log");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    private static async Task<IReadOnlyList<LoggedEvent>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var events = new List<LoggedEvent>();
        while (await reader.ReadAsync(cancellationToken))
            events.Add(new LoggedEvent(
                reader.GetInt64(0), reader.GetString(1), await reader.IsDBNullAsync(2, cancellationToken) ? null : reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return events;
    }
}

/// <summary>An event in the log.</summary>
internal sealed record LoggedEvent(long Id, string Kind, string? Audience, string Data, DateTimeOffset At);
