using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;

namespace Systemprompt.Published.Tests;

/// <summary>A large content that is made while it is sent, and whose every part can be made again: a random megabyte, numbered and repeated.</summary>
internal sealed class Pattern(int megabytes)
{
    private const int BlockLength = 1024 * 1024;
    private readonly byte[] _block = RandomNumberGenerator.GetBytes(BlockLength);

    public long Length => (long)megabytes * BlockLength;

    /// <summary>As a request's body.</summary>
    public HttpContent Body() => new Sent(this);

    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var block in Blocks()) hash.AppendData(block);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Part of it.</summary>
    public byte[] At(long offset, int count)
    {
        var part = new byte[count];
        for (var done = 0; done < count;)
        {
            var (number, inside) = ((offset + done) / BlockLength, (int)((offset + done) % BlockLength));
            var copied = Math.Min(count - done, BlockLength - inside);
            Block(number).AsSpan(inside, copied).CopyTo(part.AsSpan(done));
            done += copied;
        }

        return part;
    }

    private IEnumerable<byte[]> Blocks()
    {
        for (var number = 0; number < megabytes; number++) yield return Block(number);
    }

    private byte[] Block(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_block, number);
        return _block;
    }

    private sealed class Sent(Pattern pattern) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var block in pattern.Blocks()) await stream.WriteAsync(block);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = pattern.Length;
            return true;
        }
    }
}
