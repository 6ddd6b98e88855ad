using System.Buffers;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>Contents in PostgreSQL, in chunks of 256 KB: every replica has them, and a backup of the database is one of the files.</summary>
internal sealed class DatabaseStorage(ChunkStore chunks) : IFileStorage
{
    public async Task WriteAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken)
    {
        try
        {
            await WriteCoreAsync(blob, content, cancellationToken);
        }
        catch (Exception fault) when (DatabaseErrors.IsDiskFull(fault))
        {
            throw new FileStorageFullException("the disk of the database that files are kept in is full; try again when an operator has made room", fault);
        }
    }

    public async Task<Stream> OpenAsync(FileBlob blob, long offset, CancellationToken cancellationToken) =>
        await LengthAsync(blob, cancellationToken) is { } length && offset <= length ? new ChunkStream(chunks, blob, offset) : throw new FileNotFoundException($"there is no content {blob} of {offset} bytes");

    public Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken) => chunks.DeleteAsync(blob, cancellationToken);

    public Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken) => chunks.LengthAsync(blob, cancellationToken);

    /// <summary>The database has a check of its own.</summary>
    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>One chunk is sent to the database while the next comes in.</summary>
    private async Task WriteCoreAsync(FileBlob blob, Stream content, CancellationToken cancellationToken)
    {
        var (filling, sending, insert) = (ArrayPool<byte>.Shared.Rent(ChunkStore.Length), ArrayPool<byte>.Shared.Rent(ChunkStore.Length), Task.CompletedTask);
        try
        {
            for (var number = 0; ; number++)
            {
                var read = await content.ReadAtLeastAsync(filling.AsMemory(0, ChunkStore.Length), ChunkStore.Length, throwOnEndOfStream: false, cancellationToken);
                await insert;
                // An empty content has one chunk, so that it can be told from one that is lost.
                if (read == 0 && number > 0) return;
                (filling, sending) = (sending, filling);
                insert = chunks.InsertAsync(blob, number, sending.AsMemory(0, read), cancellationToken);
                if (read == ChunkStore.Length) continue;
                await insert;
                return;
            }
        }
        finally
        {
            await insert.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            ArrayPool<byte>.Shared.Return(sending);
        }
    }

    /// <summary>Reads chunk after chunk, none before it is asked for.</summary>
    private sealed class ChunkStream(ChunkStore chunks, FileBlob blob, long offset) : ForwardStream
    {
        private byte[]? _chunk = ArrayPool<byte>.Shared.Rent(ChunkStore.Length);
        private int _number = (int)(offset / ChunkStore.Length);
        private int _at = (int)(offset % ChunkStore.Length);
        private int _length = -1;
        private bool _last;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(_chunk is null, this);
            while (_length < 0 || (_at >= _length && !_last))
            {
                var (next, from) = _length < 0 ? (_number, _at) : (_number + 1, 0);
                var length = await chunks.ReadAsync(blob, next, _chunk.AsMemory(0, ChunkStore.Length), cancellationToken);
                (_number, _at, _length, _last) = (next, from, Math.Max(length, 0), length < ChunkStore.Length);
            }

            var count = Math.Min(buffer.Length, Math.Max(_length - _at, 0));
            _chunk.AsSpan(_at, count).CopyTo(buffer.Span);
            _at += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (_chunk is { } chunk) ArrayPool<byte>.Shared.Return(chunk);
            _chunk = null;
            base.Dispose(disposing);
        }
    }
}
