using System.Data;
using Npgsql;
using NpgsqlTypes;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Analytics;

/// <summary>Sums of every source: kept by day, and for the rest asked of the source's own statement, which stands inside these as it is.</summary>
internal sealed class FactStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>A report over a year may take a while; somebody waits for it.</summary>
    private const int Patience = 120;

    /// <summary>Sums by day and the dimensions asked for. One moment's view: a day that is being summed up meanwhile is counted once.</summary>
    public async Task<IReadOnlyList<FactGroup>> QueryAsync(FactQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var split = DaySplit.Of(query.From, query.To, await RolledAsync(connection, query.Source, DateOnly.FromDateTime(query.From.UtcDateTime), cancellationToken));
        var groups = new Dictionary<string, FactGroup>(StringComparer.Ordinal);
        if (split.Days.Count > 0)
        {
            await using var stored = new NpgsqlCommand(Stored(query), connection) { CommandTimeout = Patience };
            stored.Parameters.AddWithValue("days", split.Days.ToArray());
            await AddAsync(stored, query, groups, cancellationToken);
        }

        foreach (var (from, to) in split.Live)
        {
            await using var live = new NpgsqlCommand(Live(query), connection) { CommandTimeout = Patience };
            AddRange(live, from, to);
            await AddAsync(live, query, groups, cancellationToken);
        }

        return [.. groups.Values];
    }

    /// <summary>Sums a day up, in place of what may be there. Returns how many rows it takes.</summary>
    public async Task<long> RollAsync(FactSource source, DateOnly day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(hashtextextended('analytics.rollup:' || @tenant, 0))", source, day, cancellationToken);
        await ExecuteAsync(connection, "delete from analytics.daily where tenant = @tenant and source = @source and day = @day", source, day, cancellationToken);
        await using var sum = new NpgsqlCommand(RollupStore.Of(source), connection) { CommandTimeout = 0 };
        AddDay(sum, source, day);
        AddRange(sum, DaySplit.Start(day), DaySplit.Start(day.AddDays(1)));
        var rows = (long)await sum.ExecuteNonQueryAsync(cancellationToken);
        await using var note = new NpgsqlCommand(
            """
            insert into analytics.rolled (tenant, source, day, rows) values (@tenant, @source, @day, @rows)
            on conflict (tenant, source, day) do update set at = now(), rows = excluded.rows
            """, connection);
        note.Parameters.AddWithValue("rows", rows);
        AddDay(note, source, day);
        await note.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows;
    }

    /// <summary>Whether a day's rows are still there: what they add up to is no less than the sum that was kept of them.</summary>
    public async Task<bool> HasRowsAsync(FactSource source, DateOnly day, CancellationToken cancellationToken)
    {
        var measure = source.Measures[0].Name;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"""
             select coalesce((select sum((measures->>'{measure}')::bigint) from analytics.daily where tenant = @tenant and source = @source and day = @day), 0)
                 <= coalesce((select sum({Quote(measure)}) from ({source.Sql}) facts), 0)
             """, connection) { CommandTimeout = Patience };
        AddDay(command, source, day);
        AddRange(command, DaySplit.Start(day), DaySplit.Start(day.AddDays(1)));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The days of a source that are summed up, from one on.</summary>
    public async Task<IReadOnlySet<DateOnly>> RolledAsync(FactSource source, DateOnly from, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await RolledAsync(connection, source, from, cancellationToken);
    }

    /// <summary>What is known of a source's days.</summary>
    public async Task<RolledDays> StateAsync(FactSource source, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select count(*), min(day) filter (where rows > 0), max(day), max(at) from analytics.rolled where tenant = $1 and source = $2", connection)
        {
            Parameters = { new() { Value = profile.Tenant }, new() { Value = source.Name } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new RolledDays(reader.GetInt64(0), Or<DateOnly>(1), Or<DateOnly>(2), Or<DateTime>(3));

        T? Or<T>(int column)
            where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
    }

    /// <summary>Forgets sums of days before one, and salts of days that are over.</summary>
    public async Task ForgetAsync(DateOnly daily, DateOnly salts, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var (sql, before) in new[]
        {
            ("delete from analytics.daily where tenant = $1 and day < $2", daily), ("delete from analytics.rolled where tenant = $1 and day < $2", daily),
            ("delete from analytics.salts where tenant = $1 and day < $2", salts),
        })
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0, Parameters = { new() { Value = profile.Tenant }, new() { Value = before } } };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlySet<DateOnly>> RolledAsync(NpgsqlConnection connection, FactSource source, DateOnly from, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select day from analytics.rolled where tenant = $1 and source = $2 and day >= $3", connection)
        {
            Parameters = { new() { Value = profile.Tenant }, new() { Value = source.Name }, new() { Value = from } },
        };
        var days = new HashSet<DateOnly>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) days.Add(reader.GetFieldValue<DateOnly>(0));
        return days;
    }

    private async Task AddAsync(NpgsqlCommand command, FactQuery query, Dictionary<string, FactGroup> groups, CancellationToken cancellationToken)
    {
        command.Parameters.AddWithValue("tenant", profile.Tenant);
        command.Parameters.AddWithValue("source", query.Source.Name);
        for (var at = 0; at < query.Where.Count; at++)
            if (query.Where[at].Value is { } value) command.Parameters.AddWithValue($"where{at}", value);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var day = reader.GetFieldValue<DateOnly>(0);
            var keys = new string?[query.By.Count];
            for (var at = 0; at < keys.Length; at++) keys[at] = reader.IsDBNull(at + 1) ? null : reader.GetString(at + 1);
            var id = $"{day:O}\0{string.Join('\0', keys.Select(static key => key is null ? "\u0001" : key))}";
            if (!groups.TryGetValue(id, out var group)) groups.Add(id, group = new FactGroup(day, keys, new long[query.Source.Measures.Count]));
            for (var at = 0; at < group.Sums.Length; at++) group.Sums[at] += reader.IsDBNull(at + 1 + keys.Length) ? 0 : reader.GetInt64(at + 1 + keys.Length);
        }
    }

    private static string Stored(FactQuery query) =>
        $"""
         select {List(["day", .. query.By.Select(name => $"dimensions->>'{name}'"), .. query.Source.Measures.Select(measure => $"coalesce(sum((measures->>'{measure.Name}')::bigint), 0)::bigint")])}
           from analytics.daily
          where tenant = @tenant and source = @source and day = any(@days){Conditions(query, static name => $"dimensions->>'{name}'")}
          group by {Ordinals(query)}
         """;

    private static string Live(FactQuery query) =>
        $"""
         select {List(["day", .. query.By.Select(name => $"{Quote(name)}::text"), .. query.Source.Measures.Select(measure => $"coalesce(sum({Quote(measure.Name)}), 0)::bigint")])}
           from ({query.Source.Sql}) facts
          where day is not null{Conditions(query, static name => $"{Quote(name)}::text")}
          group by {Ordinals(query)}
         """;

    private static string Conditions(FactQuery query, Func<string, string> column) =>
        string.Concat(query.Where.Select((condition, at) => condition.Value is null ? $" and {column(condition.Dimension)} is null" : $" and {column(condition.Dimension)} = @where{at}"));

    private static string Ordinals(FactQuery query) => string.Join(", ", Enumerable.Range(1, query.By.Count + 1));

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns);

    // Names of columns are checked by the catalogue: letters, digits, underscores.
    internal static string Quote(string name) => $"\"{name}\"";

    private static void AddRange(NpgsqlCommand command, DateTimeOffset from, DateTimeOffset to)
    {
        command.Parameters.Add(new NpgsqlParameter("from", NpgsqlDbType.TimestampTz) { Value = from.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter("to", NpgsqlDbType.TimestampTz) { Value = to.UtcDateTime });
    }

    private void AddDay(NpgsqlCommand command, FactSource source, DateOnly day)
    {
        command.Parameters.AddWithValue("tenant", profile.Tenant);
        command.Parameters.AddWithValue("source", source.Name);
        command.Parameters.AddWithValue("day", day);
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, FactSource source, DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        AddDay(command, source, day);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>The days of a source that are summed up.</summary>
internal sealed record RolledDays(long Count, DateOnly? FirstWithRows, DateOnly? Last, DateTime? At);
