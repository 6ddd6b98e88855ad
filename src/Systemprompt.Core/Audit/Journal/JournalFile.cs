using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Audit.Journal;

/// <summary>
/// One file of a journal: a header, then records <c>[length 4][checksum 32][content]</c>. The checksum covers the record's place too, so that no record passes
/// for another. Written at its end only, but for one number in the header: up to where its rows are in the database.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    /// <summary>Bytes before the first record.</summary>
    public const int HeaderSize = 64;

    /// <summary>Bytes of a record beside its content.</summary>
    public const int Overhead = 4 + SHA256.HashSizeInBytes;

    private const int LargestRecord = 16 * 1024 * 1024, DoneAt = 8, CreatedAt = 16, TenantAt = 24;
    private static readonly byte[] Magic = "SPAUDIT1"u8.ToArray();
    private readonly FileStream _file;

    private JournalFile(FileStream file, DateTimeOffset created, long end, bool isOwn)
    {
        _file = file;
        (Created, End, IsOwn) = (created, end, isOwn);
    }

    public string Path => _file.Name;

    /// <summary>When it was begun.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>This process made it: all of it up to <see cref="End"/> was flushed, and none of it can be what is left of a write.</summary>
    public bool IsOwn { get; }

    /// <summary>Byte after its last record.</summary>
    public long End { get; private set; }

    /// <summary>How many rows were written to it since it was made.</summary>
    public long Rows { get; private set; }

    /// <summary>Up to where its rows are in the database, at least.</summary>
    public long Done { get; private set; } = HeaderSize;

    /// <summary>Makes a new file. Nothing is in it yet, and its name is known to the disk with its first flush. When it cannot be made, nothing of it is left.</summary>
    public static JournalFile Create(string path, string tenant, DateTimeOffset now)
    {
        var file = JournalFolder.Open(path, FileMode.CreateNew, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Span<byte> header = stackalloc byte[HeaderSize];
            header.Clear();
            Magic.CopyTo(header);
            BinaryPrimitives.WriteInt64BigEndian(header[DoneAt..], HeaderSize);
            BinaryPrimitives.WriteInt64BigEndian(header[CreatedAt..], now.UtcTicks);
            SHA256.HashData(Encoding.UTF8.GetBytes(tenant), header[TenantAt..]);
            RandomAccess.Write(file.SafeFileHandle, header, 0);
            return new JournalFile(file, now, HeaderSize, isOwn: true);
        }
        catch
        {
            // Each write turn on a full disk comes here.
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Opens a file that is there; null when it has no header of this tenant's, as one has whose process died while it made it.</summary>
    public static JournalFile? Open(string path, string tenant)
    {
        var file = JournalFolder.Open(path, FileMode.Open, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> header = stackalloc byte[HeaderSize];
        if (RandomAccess.Read(file.SafeFileHandle, header, 0) == HeaderSize && header.StartsWith(Magic)
            && header.Slice(TenantAt, SHA256.HashSizeInBytes).SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(tenant))))
        {
            var (created, end) = (BinaryPrimitives.ReadInt64BigEndian(header[CreatedAt..]), RandomAccess.GetLength(file.SafeFileHandle));
            var done = BinaryPrimitives.ReadInt64BigEndian(header[DoneAt..]);
            return new JournalFile(file, new DateTimeOffset(created, TimeSpan.Zero), end, isOwn: false)
            {
                // A number that cannot be right would hide rows; one that is written again is there once.
                Done = done >= HeaderSize && done <= end ? done : HeaderSize,
            };
        }

        file.Dispose();
        return null;
    }

    /// <summary>Appends a record to what is about to be written at <paramref name="at"/>.</summary>
    public static void Encode(ReadOnlySpan<byte> content, long at, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(Overhead + content.Length);
        BinaryPrimitives.WriteInt32BigEndian(span, content.Length);
        content.CopyTo(span[Overhead..]);
        Checksum(at, content, span.Slice(4, SHA256.HashSizeInBytes));
        output.Advance(Overhead + content.Length);
    }

    /// <summary>Writes records at the end and returns when they are on the disk.</summary>
    /// <exception cref="IOException">They are not, and the file is as it was.</exception>
    public void Append(ReadOnlySpan<byte> records, int rows)
    {
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, records, End);
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
            End += records.Length;
            Rows += rows;
        }
        catch (IOException)
        {
            Cut();
            throw;
        }
    }

    /// <summary>Reads on from a record's place.</summary>
    /// <param name="at">Where; moves to the next whole one.</param>
    /// <param name="content">The record's content; null when what stands there is damaged, be it one record or many, and a whole one follows.</param>
    /// <returns>False at the end, or where nothing that follows is a record.</returns>
    public bool TryRead(ref long at, out byte[]? content)
    {
        content = Read(at, out var next);
        if (content is null && (next = Find(at + 1)) == End) return false;
        at = next;
        return true;
    }

    /// <summary>Notes that everything before a place is in the database. Need not be on the disk: a row that is written twice is there once.</summary>
    public void MarkDone(long at)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, at);
        RandomAccess.Write(_file.SafeFileHandle, number, DoneAt);
        Done = at;
    }

    public void Dispose() => _file.Dispose();

    private byte[]? Read(long at, out long next)
    {
        next = at;
        Span<byte> head = stackalloc byte[Overhead];
        if (at + Overhead > End || RandomAccess.Read(_file.SafeFileHandle, head, at) < Overhead) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(head);
        if (length is < 1 or > LargestRecord || at + Overhead + length > End) return null;
        next = at + Overhead + length;
        var content = new byte[length];
        if (RandomAccess.Read(_file.SafeFileHandle, content, at + Overhead) < length) return null;
        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        Checksum(at, content, checksum);
        return checksum.SequenceEqual(head[4..]) ? content : null;
    }

    /// <summary>The next place at which a whole record stands; the end when there is none. Also a length may be damaged, so every place is tried.</summary>
    private long Find(long from)
    {
        const int Least = Overhead + JournalRecord.BeginningSize;
        var block = new byte[64 * 1024];
        while (from + Least <= End)
        {
            var places = RandomAccess.Read(_file.SafeFileHandle, block.AsSpan(0, (int)Math.Min(block.Length, End - from)), from) - Least + 1;
            if (places < 1) break;
            for (var i = 0; i < places; i++)
                if (JournalRecord.MayBeginWith(block.AsSpan(i + Overhead)) && Read(from + i, out _) is not null) return from + i;
            from += places;
        }

        return End;
    }

    private void Cut()
    {
        try
        {
            RandomAccess.SetLength(_file.SafeFileHandle, End);
        }
        catch (IOException)
        {
            // What is left over there has no answer, and the next record is written over it.
        }
    }

    private static void Checksum(long at, ReadOnlySpan<byte> content, Span<byte> checksum)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(place, at);
        hash.AppendData(place);
        hash.AppendData(content);
        hash.GetHashAndReset(checksum);
    }
}
