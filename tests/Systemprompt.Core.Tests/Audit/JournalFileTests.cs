using System.Buffers;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>What of a journal's file is read, wherever it was cut or changed.</summary>
public sealed class JournalFileTests : IDisposable
{
    private static readonly byte[][] Records = [[1, 2, 3], [.. Enumerable.Range(0, 300).Select(number => (byte)number)], [9], [.. Enumerable.Repeat((byte)7, 40)]];
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
            read.Take(hit).ShouldBe(Texts(Records[..hit]), customMessage: $"byte {at}");
            // A damaged length hides what follows; a damaged content shows as a gap, but for the last one's, which is a torn end.
            var start = hit == 0 ? JournalFile.HeaderSize : ends[hit - 1];
            if (at >= start + 4 && hit < Records.Length - 1) read.Skip(hit).ShouldBe(["damaged", .. Texts(Records[(hit + 1)..])], customMessage: $"byte {at}");
            read.Except(Texts(Records)).ShouldBeSubsetOf(["damaged"]);
        }
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
