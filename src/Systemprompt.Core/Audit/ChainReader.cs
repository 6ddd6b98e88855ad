using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>Reads a writer's rows of one table in order, as the bytes that its chain covers.</summary>
internal sealed class ChainReader : IAsyncDisposable
{
    private const int HeaderSize = 19;

    private readonly NpgsqlConnection _connection;
    private readonly ArrayBufferWriter<byte> _image = new(1024);
    private readonly byte[] _number = new byte[8];
    private readonly byte[] _hash = new byte[AuditHash.Size];
    private readonly int[] _starts;
    private readonly (string Column, int Digest)[] _personal;
    private readonly int _id;
    private Stream _stream = Stream.Null;

    private ChainReader(NpgsqlConnection connection, AuditTable table)
    {
        _connection = connection;
        Table = table;
        _starts = new int[table.Columns.Count];
        _personal = [.. table.Digests.Select(digest => (digest.Column, Place(digest.Digest)))];
        _id = _personal.Length == 0 ? 0 : Place("id");

        int Place(string column) => table.Columns.Index().First(entry => entry.Item == column).Index;
    }

    public AuditTable Table { get; }

    /// <summary>The current row's number.</summary>
    public long Seq { get; private set; }

    /// <summary>The current row's hash, as stored.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>The first personal column of the current row that holds something else than its digest stands for; null when there is none. What is erased holds nothing.</summary>
    public string? AlteredColumn { get; private set; }

    /// <summary>The current row's covered fields, in binary COPY format.</summary>
    public ReadOnlyMemory<byte> Fields => _image.WrittenMemory[(AuditHash.Size + Table.NameBytes.Length)..^AuditHash.SeqSize];

    /// <summary>The current row as <see cref="ChainPosition.Link"/> takes it.</summary>
    public Span<byte> Image => System.Runtime.InteropServices.MemoryMarshal.AsMemory(_image.WrittenMemory).Span;

    public static async Task<ChainReader> OpenAsync(NpgsqlDataSource database, AuditTable table, Guid writer, long firstSeq, long lastSeq, CancellationToken cancellationToken)
    {
        var reader = new ChainReader(await database.OpenConnectionAsync(cancellationToken), table);
        try
        {
            var copy = await reader._connection.BeginRawBinaryCopyAsync(AuditStore.CopyOut(table, writer, firstSeq, lastSeq), cancellationToken);
            reader._stream = new BufferedStream(copy, 64 * 1024);
            await reader._stream.ReadExactlyAsync(new byte[HeaderSize], cancellationToken);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    public async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_number.AsMemory(0, 2), cancellationToken);
        if (BinaryPrimitives.ReadInt16BigEndian(_number) < 0)
        {
            // Read to its very end, a stream needs no cancelling when it is disposed.
            while (await _stream.ReadAsync(_number, cancellationToken) > 0) { }
            return false;
        }

        _image.ResetWrittenCount();
        Skip(AuditHash.Size);
        _image.Write(Table.NameBytes.Span);
        for (var i = 0; i < Table.Columns.Count; i++)
        {
            _starts[i] = _image.WrittenCount;
            await FieldAsync(cancellationToken);
        }

        Skip(AuditHash.SeqSize);
        await _stream.ReadExactlyAsync(_number.AsMemory(0, 4), cancellationToken);
        await _stream.ReadExactlyAsync(_number, cancellationToken);
        Seq = BinaryPrimitives.ReadInt64BigEndian(_number);
        await HashAsync(cancellationToken);
        AlteredColumn = null;
        foreach (var (column, digest) in _personal)
            if (!await IsAsWrittenAsync(digest, cancellationToken)) AlteredColumn ??= column;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (NpgsqlException)
        {
            // The rest of a table that nobody asked for any more did not come in time. What was read counts; the connection is broken and leaves the pool.
        }

        await _connection.DisposeAsync();
    }

    private async Task FieldAsync(CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_image.GetMemory(4)[..4], cancellationToken);
        var length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(_image.GetSpan(4)));
        _image.Advance(4);
        await _stream.ReadExactlyAsync(_image.GetMemory(length)[..length], cancellationToken);
        _image.Advance(length);
    }

    private async Task HashAsync(CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_number.AsMemory(0, 4), cancellationToken);
        var length = BinaryPrimitives.ReadInt32BigEndian(_number);
        var hash = new byte[Math.Max(0, length)];
        await _stream.ReadExactlyAsync(hash, cancellationToken);
        // A hash of another length was not written here; it must not be taken for the former row's.
        _hash.AsSpan().Clear();
        if (length == AuditHash.Size) hash.CopyTo(_hash, 0);
    }

    private async Task<bool> IsAsWrittenAsync(int digest, CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_number.AsMemory(0, 4), cancellationToken);
        var length = BinaryPrimitives.ReadInt32BigEndian(_number);
        if (length < 0) return true;
        var stored = new byte[length];
        await _stream.ReadExactlyAsync(stored, cancellationToken);
        return PersonalDigest.Fits(Field(_id), stored, Field(digest));
    }

    /// <summary>A covered field of the current row; empty when it is null.</summary>
    private ReadOnlySpan<byte> Field(int column)
    {
        var field = _image.WrittenSpan[_starts[column]..];
        return field.Slice(4, Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(field)));
    }

    private void Skip(int size)
    {
        _image.GetSpan(size)[..size].Clear();
        _image.Advance(size);
    }
}
