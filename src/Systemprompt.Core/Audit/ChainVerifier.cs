using Npgsql;

namespace Systemprompt.Audit;

/// <summary>What is wrong with a chain.</summary>
internal enum ChainFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no such writer.</summary>
    UnknownWriter,

    /// <summary>A row is missing before this one.</summary>
    Missing,

    /// <summary>The row's covered fields are not what was written, or its predecessors are not.</summary>
    Altered,

    /// <summary>Rows are missing at the end, or the last one is not the one the writer ended with.</summary>
    Cut,
}

/// <summary>A chain as found.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Rows">How many rows were found good, from the first.</param>
/// <param name="Fault">What was found first that is not.</param>
/// <param name="Table">Where, if a row showed it.</param>
internal sealed record ChainReport(Guid Writer, long Rows, ChainFault Fault, string? Table = null)
{
    /// <summary>The hash of the last row that was found good: what to keep elsewhere, to compare with later.</summary>
    public byte[]? Head { get; init; }
}

/// <summary>
/// Recomputes a writer's chain from the tables, up to where the writer was when this began; it may go on meanwhile. Streams: one connection a
/// table, one row of each in memory.
/// </summary>
internal sealed class ChainVerifier(NpgsqlDataSource database, IEnumerable<AuditTable> tables)
{
    public async Task<ChainReport> VerifyAsync(Guid writer, CancellationToken cancellationToken)
    {
        WriterState? end;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            end = await AuditStore.ReadAsync(connection, writer, cancellationToken);
        if (end is null) return new ChainReport(writer, 0, ChainFault.UnknownWriter);

        var readers = new List<ChainReader>();
        try
        {
            var next = new PriorityQueue<ChainReader, long>();
            foreach (var table in tables)
            {
                var reader = await ChainReader.OpenAsync(database, table, writer, 1, end.LastSeq, cancellationToken);
                readers.Add(reader);
                if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
            }

            return await FollowAsync(writer, end, next, cancellationToken);
        }
        finally
        {
            foreach (var reader in readers) await reader.DisposeAsync();
        }
    }

    private static async Task<ChainReport> FollowAsync(
        Guid writer, WriterState end, PriorityQueue<ChainReader, long> next, CancellationToken cancellationToken)
    {
        var chain = new ChainPosition();
        chain.Begin(writer);
        while (next.TryDequeue(out var reader, out var seq))
        {
            if (seq != chain.Seq + 1) return new ChainReport(writer, chain.Seq, ChainFault.Missing, reader.Table.Name);
            chain.Link(reader.Image);
            if (!chain.Head.SequenceEqual(reader.Hash)) return new ChainReport(writer, seq - 1, ChainFault.Altered, reader.Table.Name);
            if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
        }

        var isWhole = chain.Seq == end.LastSeq && chain.Head.SequenceEqual(end.Head);
        return new ChainReport(writer, chain.Seq, isWhole ? ChainFault.None : ChainFault.Cut) { Head = chain.Head.ToArray() };
    }
}
