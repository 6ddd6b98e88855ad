using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit.Proof;

/// <summary>A writer's part of an export.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="From">The first row's number.</param>
/// <param name="To">The last one's.</param>
internal sealed record ProofRun(Guid Writer, long From, long To);

/// <summary>Finds what belongs into an export.</summary>
internal sealed class ProofStore(NpgsqlDataSource database, IEnumerable<AuditTable> tables)
{
    /// <summary>The types of a table's covered columns.</summary>
    public async Task<IReadOnlyList<FieldType>> TypesAsync(AuditTable table, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select a.attname::text, t.typname::text
              from pg_attribute a
              join pg_type t on t.oid = a.atttypid
             where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
            """);
        command.Parameters.Add(new() { Value = table.Name });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, FieldType>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken)) types.Add(reader.GetString(0), FieldType.Of(reader.GetString(1)));
        return [.. table.Columns.Select(column => types[column])];
    }

    /// <summary>Which part of each writer's chain holds the rows of a range of time, writers in the order they began.</summary>
    public async Task<IReadOnlyList<ProofRun>> RunsAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var runs = new Dictionary<Guid, ProofRun>();
        foreach (var table in tables)
        {
            await using var command = database.CreateCommand(
                $"""
                 select writer, min(seq), max(seq)
                   from {table.Name}
                  where ($1 is null or {table.PartitionColumn} >= $1) and ($2 is null or {table.PartitionColumn} < $2)
                  group by writer
                 """);
            command.CommandTimeout = 0;
            command.Parameters.Add(new() { Value = since is { } from ? from.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            command.Parameters.Add(new() { Value = until is { } to ? to.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var run = new ProofRun(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(2));
                runs[run.Writer] = runs.TryGetValue(run.Writer, out var known)
                    ? new ProofRun(run.Writer, Math.Min(known.From, run.From), Math.Max(known.To, run.To))
                    : run;
            }
        }

        // Their ids are of version 7: they sort as they began.
        return [.. runs.Values.OrderBy(run => run.Writer)];
    }

    /// <summary>The hash of one row; null when it is not there.</summary>
    public async Task<byte[]?> HashAsync(Guid writer, long seq, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            await using var command = database.CreateCommand($"select hash from {table.Name} where writer = $1 and seq = $2");
            command.CommandTimeout = 0;
            command.Parameters.Add(new() { Value = writer });
            command.Parameters.Add(new() { Value = seq });
            if (await command.ExecuteScalarAsync(cancellationToken) is byte[] hash) return hash;
        }

        return null;
    }

    /// <summary>Where a writer's chain ends now.</summary>
    public async Task<WriterState?> EndAsync(Guid writer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await AuditStore.ReadAsync(connection, writer, cancellationToken);
    }
}
