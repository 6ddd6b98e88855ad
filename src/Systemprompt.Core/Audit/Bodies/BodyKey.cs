using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Audit.Bodies;

/// <summary>
/// Seals bodies with AES-256-GCM under a key derived (HKDF-SHA256, RFC 5869) from the profile's and the tenant, compressed before. What a body belongs to is
/// authenticated with it, so that none passes for another's.
/// </summary>
internal sealed class BodyKey
{
    private const int NonceSize = 12, TagSize = 16, Quality = 1, WindowBits = 18, LargestBody = 64 * 1024 * 1024;
    private readonly byte[] _key;

    public BodyKey(string secret, string tenant)
    {
        var (material, salt) = (Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(tenant));
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 32, salt, "systemprompt audit bodies key v1"u8.ToArray());
        Id = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 8, salt, "systemprompt audit bodies key id v1"u8.ToArray()));
    }

    /// <summary>Names the key and tells nothing of it.</summary>
    public string Id { get; }

    /// <summary>Nonce, sealed bytes and tag of a body.</summary>
    public byte[] Seal(ReadOnlySpan<byte> body, string place)
    {
        var rented = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(body.Length));
        try
        {
            if (!BrotliEncoder.TryCompress(body, rented, out var length, Quality, WindowBits)) throw new InvalidOperationException("a body could not be compressed");
            var output = new byte[NonceSize + length + TagSize];
            RandomNumberGenerator.Fill(output.AsSpan(0, NonceSize));
            using var aes = new AesGcm(_key, TagSize);
            aes.Encrypt(output.AsSpan(0, NonceSize), rented.AsSpan(0, length), output.AsSpan(NonceSize, length), output.AsSpan(NonceSize + length), Encoding.UTF8.GetBytes(place));
            return output;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Opens a body; null when it was sealed with another key, elsewhere, or has been altered.</summary>
    public byte[]? Open(byte[] sealedBody, string place)
    {
        if (sealedBody.Length < NonceSize + TagSize) return null;
        var compressed = new byte[sealedBody.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        try
        {
            aes.Decrypt(sealedBody.AsSpan(0, NonceSize), sealedBody.AsSpan(NonceSize, compressed.Length), sealedBody.AsSpan(NonceSize + compressed.Length), compressed, Encoding.UTF8.GetBytes(place));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        using var brotli = new BrotliStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = brotli.Read(buffer)) > 0 && body.Length <= LargestBody;) body.Write(buffer, 0, count);
        return body.ToArray();
    }
}
