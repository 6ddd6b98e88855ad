using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// Reads the entries of one table: its statement has the conditions that are asked for and no others, so that each has the plan that fits it. Ids are version 7: their
/// order is that of time, and the primary key has it.
/// </summary>
internal sealed class EntryStore(NpgsqlDataSource database, EntryTable table)
{
    /// <inheritdoc cref="IAuditSource.ReadAsync"/>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<(string? Asked, string? Column)> fields =
        [
            (filter.User, table.User), (filter.Model, table.Model), (filter.Status, table.Status), (filter.Session, table.Session), (filter.Project, table.Project),
        ];
        if (table.Tools is null) fields.AddRange([(filter.Tool, table.Tool), (filter.ToolUse, table.ToolUse)]);
        // Nothing here can have what is asked for.
        if (fields.Any(field => field is { Asked: not null, Column: null })) yield break;
        await using var command = database.CreateCommand();
        var conditions = new List<string>();
        if (filter.Since is { } since) AddSince(since);
        if (filter.Until is { } until) AddUntil(until);
        foreach (var (asked, column) in fields)
            if (asked is not null) conditions.Add($"{column} = {Parameter(asked)}");
        if (table.Tools is { } tools && (filter.Tool ?? filter.ToolUse) is not null) AddTools(tools);
        var where = conditions.Count == 0 ? "" : $" where {string.Join(" and ", conditions)}";
        command.CommandText = $"select {table.Columns} from {table.Name}{where} order by id {(filter.NewestFirst ? "desc" : "asc")}{(filter.Limit is { } limit ? $" limit {Parameter((long)limit)}" : "")}";
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return table.Entry(reader);

        void AddSince(DateTimeOffset at)
        {
            conditions.Add($"{table.At} >= {Parameter(at.UtcDateTime)}");
            if (table.HasTimedIds) conditions.Add($"id >= {Parameter(FirstIdOf(at))}");
        }

        void AddUntil(DateTimeOffset at)
        {
            conditions.Add($"{table.At} < {Parameter(at.UtcDateTime)}");
            if (table.HasTimedIds) conditions.Add($"id < {Parameter(FirstIdOf(at.AddMilliseconds(1)))}");
        }

        // Of both, one of the tools must be both.
        void AddTools(string column)
        {
            var members = new List<string>();
            if (filter.Tool is { } tool) members.Add($"'tool', {Parameter(tool)}::text");
            if (filter.ToolUse is { } call) members.Add($"'id', {Parameter(call)}::text");
            conditions.Add($"{column} @> jsonb_build_array(jsonb_build_object({string.Join(", ", members)}))");
        }

        string Parameter<T>(T value)
        {
            command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
            return $"${command.Parameters.Count}";
        }
    }

    /// <inheritdoc cref="IAuditSource.FindAsync"/>
    public async Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {table.Columns} from {table.Name} where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        if (table.HasTimedIds && id.Version == 7)
        {
            // Spares looking through every day's partition.
            command.CommandText += $" and {table.At} between $2 - interval '1 second' and $2 + interval '1 second'";
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeOf(id).UtcDateTime });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? table.Entry(reader) : null;
    }

    /// <summary>The smallest id of a millisecond: no call that came in then or later has a smaller one.</summary>
    private static Guid FirstIdOf(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        return new Guid(bytes, bigEndian: true);
    }

    private static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16);
    }
}
