using System.Security.Cryptography;

namespace Systemprompt.Audit;

/// <summary>
/// What the hash chain knows of a personal field: SHA-256 over the row's id (16 bytes, big-endian) and the field as stored. With the field
/// at hand anybody can check that it is the one that was recorded; with the field erased, the chain still verifies.
/// </summary>
internal static class PersonalDigest
{
    public const int Size = 32;

    /// <summary>Computes the digest of a text written with <see cref="CopyTuple.Text"/> and the same <paramref name="maxChars"/>.</summary>
    public static void Compute(Guid rowId, string value, Span<byte> digest, int maxChars = CopyTuple.DefaultMaxChars)
    {
        var chars = value.AsSpan(0, Math.Min(value.Length, maxChars));
        var most = 16 + (chars.Length * 3);
        Span<byte> input = most <= 1024 ? stackalloc byte[1024] : new byte[most];
        rowId.TryWriteBytes(input, bigEndian: true, out _);
        var length = 16 + CopyTuple.CleanText(chars, input[16..]);
        SHA256.HashData(input[..length], digest);
    }

    /// <summary>Whether a field as it is stored is the one that a digest was made of.</summary>
    /// <param name="rowId">The row's id, 16 bytes.</param>
    /// <param name="stored">The field in UTF-8.</param>
    /// <param name="digest">The digest; empty for a field that was null.</param>
    public static bool Fits(ReadOnlySpan<byte> rowId, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> digest)
    {
        var input = new byte[rowId.Length + stored.Length];
        rowId.CopyTo(input);
        stored.CopyTo(input.AsSpan(rowId.Length));
        return digest.SequenceEqual(SHA256.HashData(input));
    }
}
