using System.Buffers;
using System.Buffers.Binary;

namespace Systemprompt.Audit;

/// <summary>Where in a pending commit's buffer an encoded row stands: <c>[hole 32][table name][covered fields][hole 8][personal fields]</c>.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Start">First byte of the hole for the previous hash.</param>
/// <param name="Fields">First byte of the covered fields.</param>
/// <param name="Personal">First byte of the personal fields.</param>
/// <param name="End">Byte after the last.</param>
internal readonly record struct EncodedRow(AuditTable Table, int Start, int Fields, int Personal, int End)
{
    private const int WriterFields = 4 + 16 + 4 + 8 + 4 + AuditHash.Size;

    /// <summary>Bytes of the covered fields.</summary>
    public int FieldsLength => Personal - AuditHash.SeqSize - Fields;

    /// <summary>Puts a row that was encoded before at the end of a buffer.</summary>
    public static EncodedRow Restore(AuditTable table, ReadOnlySpan<byte> covered, ReadOnlySpan<byte> rest, ArrayBufferWriter<byte> buffer)
    {
        var start = buffer.WrittenCount;
        Hole(buffer, AuditHash.Size);
        buffer.Write(table.NameBytes.Span);
        var fields = buffer.WrittenCount;
        buffer.Write(covered);
        Hole(buffer, AuditHash.SeqSize);
        var personal = buffer.WrittenCount;
        buffer.Write(rest);
        return new EncodedRow(table, start, fields, personal, buffer.WrittenCount);
    }

    /// <summary>Encodes a row at the end of a buffer.</summary>
    public static EncodedRow Encode(AuditRow row, ArrayBufferWriter<byte> buffer)
    {
        var table = row.Table;
        var start = buffer.WrittenCount;
        Hole(buffer, AuditHash.Size);
        buffer.Write(table.NameBytes.Span);
        var fields = buffer.WrittenCount;
        var tuple = new CopyTuple(buffer);
        row.Write(ref tuple);
        Hole(buffer, AuditHash.SeqSize);
        var personal = buffer.WrittenCount;
        row.WritePersonal(ref tuple);
        return new EncodedRow(table, start, fields, personal, buffer.WrittenCount);
    }

    /// <summary>Links the row to a chain and appends it, complete, to its table's COPY data.</summary>
    /// <param name="bytes">The buffer it was encoded in.</param>
    /// <param name="chain">The chain, which moves on by one.</param>
    /// <param name="output">The COPY data.</param>
    public void Append(Span<byte> bytes, ChainPosition chain, ArrayBufferWriter<byte> output)
    {
        chain.Link(bytes[Start..Personal]);
        var fields = bytes[Fields..(Personal - AuditHash.SeqSize)];
        var personal = bytes[Personal..End];
        var size = 2 + fields.Length + WriterFields + personal.Length;
        var span = output.GetSpan(size);
        BinaryPrimitives.WriteInt16BigEndian(span, Table.FieldCount);
        fields.CopyTo(span[2..]);
        WriteWriter(span[(2 + fields.Length)..], chain);
        personal.CopyTo(span[(size - personal.Length)..]);
        output.Advance(size);
    }

    private static void WriteWriter(Span<byte> span, ChainPosition chain)
    {
        BinaryPrimitives.WriteInt32BigEndian(span, 16);
        chain.Writer.TryWriteBytes(span[4..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(span[20..], 8);
        BinaryPrimitives.WriteInt64BigEndian(span[24..], chain.Seq);
        BinaryPrimitives.WriteInt32BigEndian(span[32..], AuditHash.Size);
        chain.Head.CopyTo(span[36..]);
    }

    private static void Hole(ArrayBufferWriter<byte> buffer, int size)
    {
        buffer.GetSpan(size)[..size].Clear();
        buffer.Advance(size);
    }
}
