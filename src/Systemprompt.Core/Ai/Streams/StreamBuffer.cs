using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>The bytes of a stream between reading and sending: what has arrived of events, in one pooled array.</summary>
internal sealed class StreamBuffer : IDisposable
{
    /// <summary>The longest event taken. Anthropic's longest (a fetched document, a tool's result) stay far below.</summary>
    private const int LongestEvent = 32 * 1024 * 1024;

    /// <summary>What a stream holds while it waits: events of a model that is thinking are some hundred bytes.</summary>
    private const int Smallest = 4 * 1024;

    /// <summary>Of a stream that comes faster than it is read.</summary>
    private const int Busy = 16 * 1024;

    private byte[] _array = ArrayPool<byte>.Shared.Rent(Smallest);
    private SseFramer _framer;
    private int _start;
    private int _end;
    private bool _isBusy;

    /// <summary>Bytes not taken yet.</summary>
    public int Length => _end - _start;

    /// <summary>Free space to read into.</summary>
    /// <exception cref="InvalidDataException">An event is longer than any that is taken.</exception>
    public Memory<byte> GetSpace()
    {
        if (_start == _end) _start = _end = 0;
        if (_isBusy && _array.Length < Busy) Move(ArrayPool<byte>.Shared.Rent(Busy));
        if (_end < _array.Length) return _array.AsMemory(_end);
        if (Length > LongestEvent) throw new InvalidDataException("an event of the provider's stream is too long");
        Move(_start > 0 ? _array : ArrayPool<byte>.Shared.Rent(_array.Length * 2));
        return _array.AsMemory(_end);
    }

    public void Advance(int count)
    {
        _end += count;
        _isBusy |= _end == _array.Length && count > Smallest / 2;
    }

    /// <summary>The first whole event behind the first <paramref name="offset"/> bytes, which are whole events already seen; empty when none is whole.</summary>
    public ReadOnlySpan<byte> NextEvent(int offset)
    {
        var pending = _array.AsSpan(_start + offset, Length - offset);
        var length = _framer.FindEnd(pending);
        return length < 0 ? default : pending[..length];
    }

    /// <summary>Takes bytes off the front. Valid until the next call of <see cref="GetSpace"/>.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        var bytes = _array.AsMemory(_start, count);
        _start += count;
        return bytes;
    }

    /// <summary>Takes a whole event out of the middle.</summary>
    public void Remove(int offset, int count)
    {
        var from = _start + offset;
        _array.AsSpan((from + count).._end).CopyTo(_array.AsSpan(from));
        _end -= count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);

    private void Move(byte[] target)
    {
        var pending = Length;
        _array.AsSpan(_start, pending).CopyTo(target);
        if (!ReferenceEquals(target, _array)) ArrayPool<byte>.Shared.Return(_array);
        (_array, _start, _end) = (target, 0, pending);
    }
}
