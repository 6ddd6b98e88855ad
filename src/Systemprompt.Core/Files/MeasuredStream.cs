using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Systemprompt.Files;

/// <summary>What an upload brings, on its way into a storage: counted, hashed, cut off where it may not go on, its beginning looked at before.</summary>
internal sealed class MeasuredStream(Stream source, long limit, Func<Exception> beyond) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _head = [];
    private int _headLength, _headRead;

    /// <summary>Bytes that came.</summary>
    public long Count { get; private set; }

    /// <summary>Reads the beginning; reading afterwards begins with it all the same.</summary>
    public async Task<ReadOnlyMemory<byte>> HeadAsync(int length, CancellationToken cancellationToken)
    {
        _head = ArrayPool<byte>.Shared.Rent(length);
        _headLength = await source.ReadAtLeastAsync(_head.AsMemory(0, length), length, throwOnEndOfStream: false, cancellationToken);
        return _head.AsMemory(0, _headLength);
    }

    // Reads that wait are many in a large file; what each allocates would be the memory that a transfer takes.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = Math.Min(buffer.Length, _headLength - _headRead);
        if (read > 0)
        {
            _head.AsSpan(_headRead, read).CopyTo(buffer.Span);
            _headRead += read;
        }
        else
        {
            read = await source.ReadAsync(buffer, cancellationToken);
        }

        if ((Count += read) > limit) throw beyond();
        _hash.AppendData(buffer.Span[..read]);
        return read;
    }

    /// <summary>The SHA-256 of what was read.</summary>
    public byte[] Hash() => _hash.GetHashAndReset();

    protected override void Dispose(bool disposing)
    {
        if (_head.Length > 0) ArrayPool<byte>.Shared.Return(_head);
        (_head, _headLength, _headRead) = ([], 0, 0);
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
