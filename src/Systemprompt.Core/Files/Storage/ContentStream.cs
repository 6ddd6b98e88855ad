using System.Runtime.CompilerServices;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>A content as a stream that can be sought in. The storage is asked when the first byte is read, and again after seeking elsewhere.</summary>
internal sealed class ContentStream(IFileStorage storage, FileBlob blob, long length) : ForwardStream
{
    private Stream? _source;
    private long _at, _sourceAt;

    public override bool CanSeek => true;

    public override long Length => length;

    public override long Position
    {
        get => _at;
        set => Seek(value, SeekOrigin.Begin);
    }

    // Reads that wait are many in a large file; what each allocates would be the memory that a transfer takes.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at >= length || buffer.IsEmpty) return 0;
        if (_source is not null && _sourceAt != _at)
        {
            await _source.DisposeAsync();
            _source = null;
        }

        if (_source is null) (_source, _sourceAt) = (await storage.OpenAsync(blob, _at, cancellationToken), _at);
        var read = await _source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - _at)], cancellationToken);
        // Less than was promised must not look like the end.
        if (read == 0) throw new EndOfStreamException($"content {blob} ends after {_at} of {length} bytes");
        _at += read;
        _sourceAt = _at;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var to = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _at + offset, _ => length + offset };
        ArgumentOutOfRangeException.ThrowIfNegative(to, nameof(offset));
        return _at = to;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_source is not null) await _source.DisposeAsync();
        _source = null;
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        _source?.Dispose();
        _source = null;
        base.Dispose(disposing);
    }
}
