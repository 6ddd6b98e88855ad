using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Systemprompt.Audit;

/// <summary>
/// The hash chain of one writer. <c>hash = SHA-256(previous hash || table name || covered fields || seq)</c>, the fields in binary COPY format
/// as PostgreSQL gives them back, seq as eight bytes, big-endian. The chain begins with <c>SHA-256(label || writer id)</c>. The label's number says which columns are covered: 1 left out those that
/// came later, as comments of some migrations still say; 2 covers whatever is recorded but personal values and the book-keeping of budgets.
/// </summary>
internal static class AuditHash
{
    public const int Size = 32;

    public const int SeqSize = 8;

    /// <summary>What the first row of a writer takes for the previous hash.</summary>
    public static byte[] Genesis(Guid writer)
    {
        Span<byte> input = stackalloc byte[64];
        var label = "systemprompt audit chain 2"u8;
        label.CopyTo(input);
        writer.TryWriteBytes(input[label.Length..], bigEndian: true, out var written);
        return SHA256.HashData(input[..(label.Length + written)]);
    }

    /// <summary>
    /// Computes a row's hash in place. <paramref name="image"/> is the table name and the covered fields between a hole of
    /// <see cref="Size"/> bytes before and one of <see cref="SeqSize"/> bytes after, which this fills.
    /// </summary>
    public static void Compute(Span<byte> image, ReadOnlySpan<byte> previous, long seq, Span<byte> hash)
    {
        previous.CopyTo(image);
        BinaryPrimitives.WriteInt64BigEndian(image[^SeqSize..], seq);
        SHA256.HashData(image, hash);
    }
}
