using System.Buffers;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// A lane's connection, and the transaction that commits a batch: one COPY a table, then the writer's head and the commit in one message.
/// Abandoned as a whole when anything about it is in doubt; its buffers go with it, since a stuck call may still read them.
/// </summary>
internal sealed class LaneSession : IAsyncDisposable
{
    private readonly List<(AuditTable Table, string CopyIn, ArrayBufferWriter<byte> Data)> _tables = [];
    private readonly NpgsqlBatch _finish;

    private LaneSession(NpgsqlConnection connection)
    {
        Connection = connection;
        _finish = new NpgsqlBatch(connection);
        var advance = new NpgsqlBatchCommand(AuditStore.Advance);
        advance.Parameters.Add(new NpgsqlParameter<Guid>());
        advance.Parameters.Add(new NpgsqlParameter<long>());
        advance.Parameters.Add(new NpgsqlParameter<long>());
        advance.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = [] });
        _finish.BatchCommands.Add(advance);
        _finish.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>The last operation begun on the connection. It may be stuck.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>The header of binary COPY data: signature, flags, length of the extension.</summary>
    private static ReadOnlySpan<byte> Header =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

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
        // BEGIN goes out with the first COPY, not in a round trip of its own.
        await Connection.BeginTransactionAsync(cancellationToken);
        foreach (var (_, copyIn, data) in _tables)
        {
            if (data.WrittenCount == 0) continue;
            await using var copy = await Connection.BeginRawBinaryCopyAsync(copyIn, cancellationToken);
            await copy.WriteAsync(data.WrittenMemory, cancellationToken);
        }

        SetAdvance(from, to);
        await _finish.ExecuteNonQueryAsync(cancellationToken);
        return rows;
    }

    public async Task<int> RollBackAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("rollback", Connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _finish.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private int Encode(ArraySegment<PendingCommit> commits, ChainPosition from, ChainPosition to)
    {
        foreach (var (_, _, data) in _tables) data.ResetWrittenCount();
        to.MoveTo(from);
        foreach (var pending in commits)
        {
            pending.First.Append(pending.Bytes, to, Data(pending.First.Table));
            if (pending.Count == 2) pending.Second.Append(pending.Bytes, to, Data(pending.Second.Table));
        }

        foreach (var (_, _, data) in _tables)
            if (data.WrittenCount > 0) data.Write<byte>([0xFF, 0xFF]);
        return (int)(to.Seq - from.Seq);
    }

    private ArrayBufferWriter<byte> Data(AuditTable table)
    {
        ArrayBufferWriter<byte>? data = null;
        foreach (var entry in _tables)
            if (ReferenceEquals(entry.Table, table)) data = entry.Data;
        if (data is null) _tables.Add((table, AuditStore.CopyIn(table), data = new ArrayBufferWriter<byte>(64 * 1024)));
        if (data.WrittenCount == 0) data.Write(Header);
        return data;
    }

    private void SetAdvance(ChainPosition from, ChainPosition to)
    {
        var parameters = _finish.BatchCommands[0].Parameters;
        ((NpgsqlParameter<Guid>)parameters[0]).TypedValue = to.Writer;
        ((NpgsqlParameter<long>)parameters[1]).TypedValue = from.Seq;
        ((NpgsqlParameter<long>)parameters[2]).TypedValue = to.Seq;
        ((NpgsqlParameter<byte[]>)parameters[3]).TypedValue = to.HeadBytes;
    }
}
