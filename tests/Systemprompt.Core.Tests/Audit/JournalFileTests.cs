using System.Buffers;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>What of a journal's file is read, wherever it was cut or changed.</summary>
public sealed class JournalFileTests : IDisposable
{
    // They begin as records do: how many rows, and the length of a table's name.
    private static readonly byte[][] Records = [[1, 0, 0, 0, 9], [1, 0, 0, 0, 8, .. Enumerable.Range(0, 300).Select(number => (byte)number)], [2, 0, 0, 0, 7, 1], [1, 0, 0, 0, 6, .. Enumerable.Repeat((byte)7, 40)]];
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-journal-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "a.rows");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Records_come_back_in_their_order_and_the_place_that_is_done_is_remembered()
    {
        Write();
        using (var file = JournalFile.Open(Path, "tests")!)
        {
            Texts(Read(file)).ShouldBe(Texts(Records));
            long at = file.Done;
            file.TryRead(ref at, out _).ShouldBeTrue();
            file.MarkDone(at);
        }

        using var again = JournalFile.Open(Path, "tests")!;
        again.Created.ShouldBe(DateTimeOffset.UnixEpoch);
        Texts(Read(again)).ShouldBe(Texts(Records[1..]));
    }

    [Fact]
    public void Wherever_the_end_is_torn_off_the_whole_records_before_it_are_read()
    {
        Write();
        var whole = File.ReadAllBytes(Path);
        var ends = Ends();
        for (var length = JournalFile.HeaderSize; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            using var file = JournalFile.Open(Path, "tests")!;
            Texts(Read(file)).ShouldBe(Texts(Records[..ends.Count(end => end <= length)]), customMessage: $"cut at {length}");
        }
    }

    [Fact]
    public void A_damaged_byte_costs_its_record_and_no_other()
    {
        Write();
        var whole = File.ReadAllBytes(Path);
        var ends = Ends();
        for (var at = JournalFile.HeaderSize; at < whole.Length; at++)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 1;
            File.WriteAllBytes(Path, bytes);
            using var file = JournalFile.Open(Path, "tests")!;
            var hit = ends.Count(end => end <= at);
            var read = Texts(Read(file));
            // Be it its length or its content: it shows as a gap, but for the last one, which is a torn end.
            read.ShouldBe(hit < Records.Length - 1 ? [.. Texts(Records[..hit]), "damaged", .. Texts(Records[(hit + 1)..])] : Texts(Records[..hit]), customMessage: $"byte {at}");
        }
    }

    [Fact]
    public void Damaged_neighbours_are_one_gap_and_what_follows_is_read()
    {
        Write();
        var whole = File.ReadAllBytes(Path);
        var ends = Ends();
        Damage([ends[0] + 50, ends[1] + 38]);
        using (var file = JournalFile.Open(Path, "tests")!) Texts(Read(file)).ShouldBe([.. Texts(Records[..1]), "damaged", .. Texts(Records[3..])]);

        // As a bad sector would have it, that takes the length of one and all of the next.
        Damage([.. Enumerable.Range(ends[0], ends[2] - ends[0])]);
        using (var file = JournalFile.Open(Path, "tests")!) Texts(Read(file)).ShouldBe([.. Texts(Records[..1]), "damaged", .. Texts(Records[3..])]);

        void Damage(int[] places)
        {
            var bytes = whole.ToArray();
            foreach (var place in places) bytes[place] ^= 1;
            File.WriteAllBytes(Path, bytes);
        }
    }

    [Fact]
    public void What_follows_a_gap_is_found_however_long_the_gap_is()
    {
        byte[] large = [1, 0, 0, 0, 5, .. Enumerable.Repeat((byte)3, 200_000)];
        using (var file = JournalFile.Create(Path, "tests", DateTimeOffset.UnixEpoch))
        {
            var buffer = new ArrayBufferWriter<byte>();
            foreach (var record in new[] { large, Records[0] }) JournalFile.Encode(record, file.End + buffer.WrittenCount, buffer);
            file.Append(buffer.WrittenSpan, 2);
        }

        var bytes = File.ReadAllBytes(Path);
        bytes[JournalFile.HeaderSize] = 0x7F;
        File.WriteAllBytes(Path, bytes);

        using var damaged = JournalFile.Open(Path, "tests")!;
        Texts(Read(damaged)).ShouldBe(["damaged", .. Texts(Records[..1])]);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(0L)]
    public void A_place_that_is_done_and_cannot_be_hides_no_record(long done)
    {
        Write();
        using (var file = JournalFile.Open(Path, "tests")!) file.MarkDone(done);

        using var again = JournalFile.Open(Path, "tests")!;
        Texts(Read(again)).ShouldBe(Texts(Records));
    }

    [Fact]
    public void One_that_cannot_be_made_leaves_nothing_behind()
    {
        // The file is open by the time its header fails.
        Should.Throw<ArgumentNullException>(() => JournalFile.Create(Path, null!, DateTimeOffset.UnixEpoch));

        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void Another_tenants_file_and_one_without_a_header_are_not_opened()
    {
        Write();
        JournalFile.Open(Path, "other").ShouldBeNull();
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..40]);
        JournalFile.Open(Path, "tests").ShouldBeNull();
        File.WriteAllText(Path, new string('x', 100));
        JournalFile.Open(Path, "tests").ShouldBeNull();
    }

    private void Write()
    {
        File.Delete(Path);
        using var file = JournalFile.Create(Path, "tests", DateTimeOffset.UnixEpoch);
        foreach (var pair in Records.Chunk(2))
        {
            var buffer = new ArrayBufferWriter<byte>();
            foreach (var record in pair) JournalFile.Encode(record, file.End + buffer.WrittenCount, buffer);
            file.Append(buffer.WrittenSpan, pair.Length);
        }
    }

    private static int[] Ends()
    {
        var end = JournalFile.HeaderSize;
        return [.. Records.Select(record => end += JournalFile.Overhead + record.Length)];
    }

    private static List<string> Texts(IEnumerable<byte[]?> records) => [.. records.Select(record => record is null ? "damaged" : Convert.ToHexString(record))];

    private static List<byte[]?> Read(JournalFile file)
    {
        var (at, records) = (file.Done, new List<byte[]?>());
        while (file.TryRead(ref at, out var record)) records.Add(record);
        return records;
    }
}
