using Npgsql;

namespace Systemprompt.Audit.Evidence;

/// <summary>Finds where the rows of calls and decisions stand in the hash chains.</summary>
internal sealed class ChainedRowStore(NpgsqlDataSource database, IEnumerable<AuditTable> tables)
{
    // A row may lie in another moment than its entry names, as an extension likes; its day's partition is what spares the others.
    private static readonly TimeSpan Around = TimeSpan.FromHours(1);

    /// <summary>The rows of some entries, by the entries' ids.</summary>
    public async Task<ILookup<Guid, ChainedRow>> FindAsync(IReadOnlyCollection<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var ids = entries.Select(entry => entry.Id).ToArray();
        var (from, to) = (entries.Min(entry => entry.At) - Around, entries.Max(entry => entry.At) + Around);
        var rows = new List<(Guid Id, ChainedRow Row)>();
        foreach (var table in tables.Where(table => table.Columns.Contains("id")))
        {
            await using var command = database.CreateCommand(
                $"select id, writer, seq, hash from {table.Name} where id = any($1) and {table.PartitionColumn} >= $2 and {table.PartitionColumn} <= $3");
            command.Parameters.Add(new() { Value = ids });
            command.Parameters.Add(new() { Value = from.UtcDateTime });
            command.Parameters.Add(new() { Value = to.UtcDateTime });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add((reader.GetGuid(0), new ChainedRow(table.Name, reader.GetGuid(1), reader.GetInt64(2), Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(3)))));
        }

        return rows.ToLookup(row => row.Id, row => row.Row);
    }
}
