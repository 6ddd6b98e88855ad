using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Systemprompt.Audit;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>A journal that an earlier binary left is written by a later one, whose tables have more columns.</summary>
public sealed class JournalRecordTests
{
    private static readonly AuditTable Table = new("probe.rows", "at", ["id"]) { PersonalColumns = ["user_id", "tools", "project"] };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Columns_that_came_since_are_null(int written)
    {
        var fields = Fields([.. Enumerable.Range(0, written).Select(number => number == 1 ? null : $"value {number}")]);

        var row = JournalRecord.Read(Record(fields), [Table]).ShouldHaveSingleItem();

        row.Personal[..fields.Length].ToArray().ShouldBe(fields);
        row.Personal[fields.Length..].ToArray().ShouldBe([.. Enumerable.Repeat((byte)0xFF, 4 * (3 - written))]);
    }

    [Fact]
    public void One_with_more_columns_than_this_binary_knows_is_kept_and_not_written() =>
        Should.Throw<FormatException>(() => JournalRecord.Read(Record(Fields(["a", "b", "c", "d"])), [Table])).Message.ShouldContain("another binary wrote it");

    [Fact]
    public void Fields_that_end_midway_are_no_record() => Should.Throw<FormatException>(() => JournalRecord.Read(Record([0, 0, 0, 9, 1]), [Table])).Message.ShouldBe("it is no record");

    private static byte[] Record(byte[] personal) => [1, .. Part("probe.rows"u8.ToArray()), .. Part([1, 2, 3]), .. Part(personal)];

    private static byte[] Fields(string?[] values) => [.. values.SelectMany(value => value is null ? [0xFF, 0xFF, 0xFF, 0xFF] : Part(Encoding.UTF8.GetBytes(value)))];

    private static byte[] Part(byte[] bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), bytes.Length);
        buffer.Advance(4);
        buffer.Write(bytes);
        return buffer.WrittenSpan.ToArray();
    }
}
