using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Systemprompt.Audit.Journal;

/// <summary>The rows of one call of <see cref="IAuditLog"/> as bytes: how many, then of each its table, covered fields and personal fields. Nothing that the row itself would not hold.</summary>
internal static class JournalRecord
{
    /// <summary>What <see cref="MayBeginWith"/> looks at.</summary>
    public const int BeginningSize = 5;

    /// <summary>What it takes in a file.</summary>
    public static int SizeOf(PendingCommit pending) => JournalFile.Overhead + 1 + SizeOf(pending.First) + (pending.Count == 2 ? SizeOf(pending.Second) : 0);

    public static void Write(PendingCommit pending, ArrayBufferWriter<byte> output)
    {
        output.Write([(byte)pending.Count]);
        Write(pending.First, pending.Bytes, output);
        if (pending.Count == 2) Write(pending.Second, pending.Bytes, output);
    }

    /// <summary>Whether a record can begin so: one row or two, and a table's name of less than 256 bytes. Spares who looks for one most of the checksums.</summary>
    public static bool MayBeginWith(ReadOnlySpan<byte> bytes) => bytes is [1 or 2, 0, 0, 0, > 0, ..];

    /// <summary>How many rows a record holds.</summary>
    public static int RowsIn(ReadOnlySpan<byte> record) => record[0];

    /// <summary>Takes a record apart.</summary>
    /// <exception cref="FormatException">It is of a table that this binary does not write, or none at all.</exception>
    public static IReadOnlyList<(AuditTable Table, ReadOnlyMemory<byte> Fields, ReadOnlyMemory<byte> Personal)> Read(ReadOnlyMemory<byte> record, IEnumerable<AuditTable> tables)
    {
        var rows = new List<(AuditTable, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>();
        try
        {
            var (count, rest) = (record.Span[0], record[1..]);
            for (var i = 0; i < count; i++)
            {
                var name = Encoding.UTF8.GetString(Part(ref rest).Span);
                var table = tables.FirstOrDefault(table => table.Name == name) ?? throw new FormatException($"no room writes {name}");
                rows.Add((table, Part(ref rest), Complete(Part(ref rest), table)));
            }

            return rows.Count is 1 or 2 && rest.IsEmpty ? rows : throw new FormatException("it is no record");
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FormatException("it is no record");
        }
    }

    /// <summary>What an earlier binary wrote lacks the columns that came since: they are added at the end, and are null.</summary>
    private static ReadOnlyMemory<byte> Complete(ReadOnlyMemory<byte> personal, AuditTable table)
    {
        var missing = table.PersonalColumns.Count;
        for (var rest = personal; !rest.IsEmpty; missing--) Skip(ref rest);
        if (missing < 0) throw new FormatException($"another binary wrote it: {table.Name} has other columns there");
        if (missing == 0) return personal;
        var whole = new byte[personal.Length + (4 * missing)];
        personal.CopyTo(whole);
        whole.AsSpan(personal.Length).Fill(0xFF);
        return whole;
    }

    private static void Skip(ref ReadOnlyMemory<byte> rest) => rest = rest[(4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(rest.Span)))..];

    private static int SizeOf(EncodedRow row) => 12 + row.Table.NameBytes.Length + row.FieldsLength + (row.End - row.Personal);

    private static void Write(EncodedRow row, ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        Part(row.Table.NameBytes.Span, output);
        Part(bytes.Slice(row.Fields, row.FieldsLength), output);
        Part(bytes[row.Personal..row.End], output);
    }

    private static void Part(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), bytes.Length);
        output.Advance(4);
        output.Write(bytes);
    }

    private static ReadOnlyMemory<byte> Part(ref ReadOnlyMemory<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span);
        var part = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return part;
    }
}
