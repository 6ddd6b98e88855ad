using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit.Proof;

/// <summary>A writer's part of an export.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="From">The first row's number.</param>
/// <param name="To">The last one's.</param>
internal sealed record ProofRun(Guid Writer, long From, long To);

/// <summary>What belongs to a range of time.</summary>
/// <param name="Runs">The parts of the chains, writers in the order they began.</param>
/// <param name="Lost">Writers whose last row is gone though it must be there, and of whom nothing is in the range.</param>
/// <param name="Gone">Writers from before the range that were open in it, and of whom no row is left: let go with its days, or taken away.</param>
internal sealed record ProofRuns(IReadOnlyList<ProofRun> Runs, IReadOnlyList<WriterHead> Lost, IReadOnlyList<WriterHead> Gone)
{
    /// <summary>What a person must know of one of <see cref="Gone"/>.</summary>
    public static string Note(WriterHead gone) => $"writer {gone.Id}: none of its {gone.LastSeq} rows is left. They went with the days that were dropped; any of them from behind those days was taken away";
}

/// <summary>Finds the parts of chains that an export holds or a look at the tables verifies.</summary>
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

    /// <summary>Every writer that is in <c>audit.writers</c>, in the order they began, then those that only rows name.</summary>
    public async Task<IReadOnlyList<Guid>> WritersAsync(CancellationToken cancellationToken)
    {
        // The rows first: a writer is in audit.writers before its first row is committed.
        var named = new SortedSet<Guid>();
        foreach (var table in tables) named.UnionWith(await AuditStore.WritersInAsync(database, table, cancellationToken));
        var known = (await AuditStore.WritersAsync(database, cancellationToken)).Select(static writer => writer.Id).ToList();
        return [.. known, .. named.Except(known)];
    }

    /// <summary>Which part of each writer's chain holds the rows of a range of time. Without an end of the range it goes on to where the chain ends now, and what is missing there shows.</summary>
    public async Task<ProofRuns> RunsAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        // The heads first: the rows that they count are committed by then, and must be there.
        var heads = (await AuditStore.WritersAsync(database, cancellationToken)).ToDictionary(static head => head.Id);
        var runs = await FindAsync(since, until, cancellationToken);
        var (lost, gone) = (new List<WriterHead>(), new List<WriterHead>());
        foreach (var head in heads.Values.Where(head => head.LastSeq > 0 && !runs.ContainsKey(head.Id)).OrderBy(static head => head.Id))
        {
            var isOlder = head.StartedAt < since;
            // An older one may have written in a range without an end as long as it was open.
            if (isOlder ? until is not null || head.ClosedAt < since : head.StartedAt >= until) continue;
            if (await HashAsync(head.Id, head.LastSeq, cancellationToken) is not null) continue;
            // Days are let go from the oldest on: while an earlier row is there, the last one must be.
            if (!isOlder || await HasRowsAsync(head.Id, cancellationToken)) lost.Add(head);
            else gone.Add(head);
        }

        // Their ids are of version 7: they sort as they began.
        return new ProofRuns([.. runs.Values.Select(run => run with { To = EndOf(run) }).OrderBy(static run => run.Writer)], lost, gone);

        long EndOf(ProofRun run) => until is null && heads.TryGetValue(run.Writer, out var head) ? Math.Max(run.To, head.LastSeq) : run.To;
    }

    /// <summary>The hash that a part's first row follows; null when that row is gone.</summary>
    public async Task<byte[]?> PreviousAsync(ProofRun run, CancellationToken cancellationToken) =>
        run.From == 1 ? AuditHash.Genesis(run.Writer) : await HashAsync(run.Writer, run.From - 1, cancellationToken);

    /// <summary>How a chain goes on after a part that was read.</summary>
    public async Task<ProofEnd> EndAsync(ProofRun run, CancellationToken cancellationToken)
    {
        var state = await StateAsync(run.Writer, cancellationToken);
        return new ProofEnd(state, state?.LastSeq > run.To ? await HashAsync(run.Writer, run.To + 1, cancellationToken) : null);
    }

    /// <summary>Where a writer's chain ends now; null when there is no such writer.</summary>
    public async Task<WriterState?> StateAsync(Guid writer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await AuditStore.ReadAsync(connection, writer, cancellationToken);
    }

    private async Task<Dictionary<Guid, ProofRun>> FindAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
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

        return runs;
    }

    private async Task<bool> HasRowsAsync(Guid writer, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            await using var command = database.CreateCommand($"select exists (select from {table.Name} where writer = $1)");
            command.CommandTimeout = 0;
            command.Parameters.Add(new() { Value = writer });
            if (await command.ExecuteScalarAsync(cancellationToken) is true) return true;
        }

        return false;
    }

    private async Task<byte[]?> HashAsync(Guid writer, long seq, CancellationToken cancellationToken)
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
}
