using Npgsql;
using Systemprompt.Audit.Proof;

namespace Systemprompt.Audit;

/// <summary>What is wrong with a chain.</summary>
internal enum ChainFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no such writer, and no row names it.</summary>
    UnknownWriter,

    /// <summary>Rows name a writer that <c>audit.writers</c> does not have.</summary>
    Unregistered,

    /// <summary>A row is missing before this one.</summary>
    Missing,

    /// <summary>The row's covered fields are not what was written, or its predecessors are not, or a personal field is neither what was written nor erased.</summary>
    Altered,

    /// <summary>Rows are missing at the end, or the last one is not the one the writer ended with.</summary>
    Cut,

    /// <summary>The row has a number that the writer never gave.</summary>
    Stray,
}

/// <summary>A chain as found.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Rows">How many rows were found good, from the first that was looked at.</param>
/// <param name="Fault">What was found first that is not.</param>
/// <param name="Table">Where, if a row showed it.</param>
internal sealed record ChainReport(Guid Writer, long Rows, ChainFault Fault, string? Table = null)
{
    /// <summary>The number of the row that is not good.</summary>
    public long? Seq { get; init; }

    /// <summary>The personal column that is not what was written; null when it is the row itself.</summary>
    public string? Column { get; init; }

    /// <summary>The number of the first row when it could not be checked, because the row before it is gone; 0 when it could.</summary>
    public long Unchecked { get; init; }

    /// <summary>The last row that was found good.</summary>
    public long To { get; init; }

    /// <summary>Its hash: what to keep elsewhere, to compare with later. Null when there is a fault.</summary>
    public byte[]? Head { get; init; }
}

/// <summary>Recomputes chains from the tables; their writers may go on meanwhile. Streams: one connection a table, one row of each in memory.</summary>
internal sealed class ChainVerifier(NpgsqlDataSource database, ProofStore store, IEnumerable<AuditTable> tables)
{
    /// <summary>A whole chain, up to where its writer was when this began. Whatever rows name the writer is looked at.</summary>
    public async Task<ChainReport> VerifyAsync(Guid writer, CancellationToken cancellationToken)
    {
        var end = await store.StateAsync(writer, cancellationToken);
        var run = new ProofRun(writer, 1, end?.LastSeq ?? long.MaxValue);
        var (found, beyond) = await ReadAsync(run, AuditHash.Genesis(writer), long.MinValue, long.MaxValue, cancellationToken);
        // A row is committed together with the writer's number: one beyond it was written meanwhile, or never by this writer.
        if (found.Fault == ChainFault.None && beyond is not null && beyond.Seq > ((await store.StateAsync(writer, cancellationToken))?.LastSeq ?? 0)) return beyond;
        if (end is not null) return Ended(found, run, new ProofEnd(end, Next: null));
        return found is { Rows: 0, Fault: ChainFault.None }
            ? found with { Fault = ChainFault.UnknownWriter }
            : found with { Fault = ChainFault.Unregistered, Table = null, Seq = null, Column = null, Head = null };
    }

    /// <summary>A part of a chain. When the row before it is gone, its first row's hash is taken as it stands.</summary>
    public async Task<ChainReport> VerifyAsync(ProofRun run, CancellationToken cancellationToken)
    {
        var (found, _) = await ReadAsync(run, await store.PreviousAsync(run, cancellationToken), run.From, run.To, cancellationToken);
        return Ended(found, run, await store.EndAsync(run, cancellationToken));
    }

    private async Task<(ChainReport Found, ChainReport? Beyond)> ReadAsync(ProofRun run, byte[]? previous, long first, long last, CancellationToken cancellationToken)
    {
        var readers = new List<ChainReader>();
        try
        {
            var next = new PriorityQueue<ChainReader, long>();
            foreach (var table in tables)
            {
                var reader = await ChainReader.OpenAsync(database, table, run.Writer, first, last, cancellationToken);
                readers.Add(reader);
                if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
            }

            return await FollowAsync(run, previous, next, cancellationToken);
        }
        finally
        {
            foreach (var reader in readers) await reader.DisposeAsync();
        }
    }

    /// <returns>What was found up to the run's end, and the last row beyond it.</returns>
    private static async Task<(ChainReport Found, ChainReport? Beyond)> FollowAsync(
        ProofRun run, byte[]? previous, PriorityQueue<ChainReader, long> next, CancellationToken cancellationToken)
    {
        var chain = new ChainPosition();
        chain.MoveTo(run.Writer, run.From - 1, previous ?? new byte[AuditHash.Size]);
        var (rows, notChecked) = (0L, previous is null ? run.From : 0);
        ChainReport? beyond = null;
        while (next.TryDequeue(out var reader, out var seq))
        {
            var expected = chain.Seq + 1;
            var fault = seq < 1 ? ChainFault.Stray : seq > run.To ? ChainFault.None : Check(chain, reader, notChecked);
            if (fault != ChainFault.None)
            {
                var column = fault == ChainFault.Altered && chain.Head.SequenceEqual(reader.Hash) ? reader.AlteredColumn : null;
                return (new ChainReport(run.Writer, rows, fault, reader.Table.Name) { Seq = fault == ChainFault.Missing ? expected : seq, Column = column }, null);
            }

            if (seq > run.To) beyond = new ChainReport(run.Writer, rows, ChainFault.Stray, reader.Table.Name) { Seq = seq };
            else if (seq != notChecked) rows++;
            if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
        }

        return (new ChainReport(run.Writer, rows, ChainFault.None) { Unchecked = notChecked, To = chain.Seq, Head = chain.Head.ToArray() }, beyond);
    }

    private static ChainFault Check(ChainPosition chain, ChainReader reader, long notChecked)
    {
        if (reader.Seq != chain.Seq + 1) return ChainFault.Missing;
        chain.Link(reader.Image);
        if (reader.Seq == notChecked) chain.MoveTo(chain.Writer, reader.Seq, reader.Hash);
        return chain.Head.SequenceEqual(reader.Hash) && reader.AlteredColumn is null ? ChainFault.None : ChainFault.Altered;
    }

    private static ChainReport Ended(ChainReport found, ProofRun run, ProofEnd end)
    {
        if (found.Fault != ChainFault.None) return found;
        var fault = found.To < run.To ? ChainFault.Cut : end.FaultAfter(run.To, found.Head ?? []);
        return fault switch
        {
            ChainFault.None => found,
            ChainFault.Unregistered => found with { Fault = fault, Head = null },
            ChainFault.Stray => found with { Fault = fault, Seq = end.State!.LastSeq + 1, Head = null },
            _ => found with { Fault = fault, Seq = found.To + 1, Head = null },
        };
    }
}
