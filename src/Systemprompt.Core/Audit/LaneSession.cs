using System.Buffers;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// A lane's connection, and the transaction that commits a batch. A small batch is one message and one round trip: prepared INSERTs and the
/// writer's head. A large one is a COPY a table, two round trips each but less work a row, then the writer's head and the commit in one message.
/// Abandoned as a whole when anything about it is in doubt; its buffers go with it, since a stuck call may still read them.
/// </summary>
internal sealed class LaneSession : IAsyncDisposable
{
    /// <summary>Up to here, in rows, one round trip is worth more than the lower price of a row in a COPY.</summary>
    private const int MostInserted = 128;

    private readonly List<TableRows> _tables = [];
    private readonly NpgsqlBatch _inserts, _finish;
    private readonly NpgsqlBatchCommand _advance = new(AuditStore.Advance), _commit = new("commit");

    private LaneSession(NpgsqlConnection connection)
    {
        Connection = connection;
        (_inserts, _finish) = (new NpgsqlBatch(connection), new NpgsqlBatch(connection));
        _advance.Parameters.Add(new NpgsqlParameter<Guid>());
        _advance.Parameters.Add(new NpgsqlParameter<long>());
        _advance.Parameters.Add(new NpgsqlParameter<long>());
        _advance.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = [] });
        _finish.BatchCommands.Add(_advance);
        _finish.BatchCommands.Add(_commit);
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>The last operation begun on the connection. It may be stuck.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>The header of binary COPY data: signature, flags, length of the extension.</summary>
    private static ReadOnlySpan<byte> Header =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> Trailer => [0xFF, 0xFF];

    public static async Task<LaneSession> OpenAsync(NpgsqlDataSource database, CancellationToken cancellationToken) =>
        new(await database.OpenConnectionAsync(cancellationToken));

    /// <summary>Commits the rows of several callers in one transaction.</summary>
    /// <param name="commits">Whose rows.</param>
    /// <param name="from">The writer's position now.</param>
    /// <param name="to">Set to its position with these rows.</param>
    /// <param name="cancellationToken">Breaks it off; then nothing is known about the commit.</param>
    /// <returns>How many rows.</returns>
    public async Task<int> WriteAsync(ArraySegment<PendingCommit> commits, ChainPosition from, ChainPosition to, CancellationToken cancellationToken)
    {
        var rows = Encode(commits, from, to);
        SetAdvance(from, to);
        if (rows <= MostInserted) await InsertAsync(cancellationToken);
        else await CopyAsync(cancellationToken);
        return rows;
    }

    /// <summary>Without an explicit transaction: what stands in one message is one transaction of the server's own (PostgreSQL manual, "Pipelining").</summary>
    private async Task InsertAsync(CancellationToken cancellationToken)
    {
        _inserts.BatchCommands.Clear();
        foreach (var table in _tables)
        {
            if (table.Count == 0) continue;
            table.Insert ??= new RowInsert(table.Table, await AuditStore.ColumnTypesAsync(Connection, table.Table, cancellationToken));
            table.Insert.AddTo(_inserts, table.Count, table.Data.WrittenMemory[Header.Length..^Trailer.Length]);
        }

        _inserts.BatchCommands.Add(_advance);
        await _inserts.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        // BEGIN goes out with the first COPY, not in a round trip of its own.
        await Connection.BeginTransactionAsync(cancellationToken);
        foreach (var table in _tables)
        {
            if (table.Count == 0) continue;
            await using var copy = await Connection.BeginRawBinaryCopyAsync(table.CopyIn, cancellationToken);
            await copy.WriteAsync(table.Data.WrittenMemory, cancellationToken);
        }

        await _finish.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<int> RollBackAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("rollback", Connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _inserts.DisposeAsync();
        await _finish.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private int Encode(ArraySegment<PendingCommit> commits, ChainPosition from, ChainPosition to)
    {
        foreach (var table in _tables) table.Clear();
        to.MoveTo(from);
        foreach (var pending in commits)
        {
            pending.First.Append(pending.Bytes, to, Next(pending.First.Table));
            if (pending.Count == 2) pending.Second.Append(pending.Bytes, to, Next(pending.Second.Table));
        }

        foreach (var table in _tables)
            if (table.Count > 0) table.Data.Write(Trailer);
        return (int)(to.Seq - from.Seq);
    }

    /// <summary>Where the next row of a table goes.</summary>
    private ArrayBufferWriter<byte> Next(AuditTable table)
    {
        TableRows? rows = null;
        foreach (var entry in _tables)
            if (ReferenceEquals(entry.Table, table)) rows = entry;
        if (rows is null) _tables.Add(rows = new TableRows(table));
        if (rows.Count++ == 0) rows.Data.Write(Header);
        return rows.Data;
    }

    private void SetAdvance(ChainPosition from, ChainPosition to)
    {
        var parameters = _advance.Parameters;
        ((NpgsqlParameter<Guid>)parameters[0]).TypedValue = to.Writer;
        ((NpgsqlParameter<long>)parameters[1]).TypedValue = from.Seq;
        ((NpgsqlParameter<long>)parameters[2]).TypedValue = to.Seq;
        ((NpgsqlParameter<byte[]>)parameters[3]).TypedValue = to.HeadBytes;
    }

    /// <summary>The rows of a batch that go to one table, as COPY data.</summary>
    private sealed class TableRows(AuditTable table)
    {
        public AuditTable Table { get; } = table;

        public string CopyIn { get; } = AuditStore.CopyIn(table);

        public ArrayBufferWriter<byte> Data { get; } = new(64 * 1024);

        public int Count { get; set; }

        public RowInsert? Insert { get; set; }

        public void Clear()
        {
            Data.ResetWrittenCount();
            Count = 0;
        }
    }
}
