using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Systemprompt.Ai;

/// <summary>Passes an answer on to the client as it comes and keeps a copy of its beginning, for the store of bodies. Changes and delays nothing.</summary>
internal sealed class AnswerCopy(IHttpResponseBodyFeature inner, int limit) : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    private byte[] _copy = ArrayPool<byte>.Shared.Rent(4096);
    private Memory<byte> _given;
    private int _length;

    /// <summary>What is kept.</summary>
    public ReadOnlySpan<byte> Kept => _copy.AsSpan(0, _length);

    /// <summary>How many bytes went to the client.</summary>
    public long Total { get; private set; }

    public Stream Stream => field ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.Writer.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _given = inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        Copy(_given.Span[..bytes]);
        inner.Writer.Advance(bytes);
        _given = _given[bytes..];
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Copy(source.Span);
        return inner.Writer.WriteAsync(source, cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.Writer.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.Writer.CompleteAsync(exception);

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task CompleteAsync() => inner.CompleteAsync();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => inner.SendFileAsync(path, offset, count, cancellationToken);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_copy, clearArray: true);
        (_copy, _length) = ([], 0);
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        Total += bytes.Length;
        bytes = bytes[..Math.Min(bytes.Length, limit - _length)];
        if (_length + bytes.Length > _copy.Length) Grow(_length + bytes.Length);
        bytes.CopyTo(_copy.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(size, Math.Min(limit, _copy.Length * 2)));
        Kept.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_copy, clearArray: true);
        _copy = larger;
    }
}
