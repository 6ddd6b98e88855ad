namespace Systemprompt.Integration.Tests.Files;

/// <summary>Gives some bytes, then fails as a client does that goes away.</summary>
internal sealed class BrokenStream(int length) : MemoryStream(FileRoom.Random(length))
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("gone");
}

/// <summary>So many zeros, of unknown length.</summary>
internal sealed class Endless(long length) : MemoryStream
{
    private long _left = length;

    public override bool CanSeek => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (int)Math.Min(_left, buffer.Length);
        _left -= count;
        buffer.Span[..count].Clear();
        return ValueTask.FromResult(count);
    }

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => CopyAsync(destination, cancellationToken);

    private async Task CopyAsync(Stream destination, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await ReadAsync(buffer, cancellationToken) is > 0 and var count) await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
    }
}

/// <summary>Gives some bytes, says so, and then waits until it is let go on.</summary>
internal sealed class HeldStream(byte[] content) : MemoryStream(content)
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All bytes are read and the end is not told yet.</summary>
    public Task Held => _held.Task;

    public void LetGo() => _letGo.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (await base.ReadAsync(buffer, cancellationToken) is > 0 and var read) return read;
        _held.TrySetResult();
        await _letGo.Task.WaitAsync(cancellationToken);
        return 0;
    }
}
