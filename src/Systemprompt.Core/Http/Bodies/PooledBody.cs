using System.Buffers;

namespace Systemprompt.Http.Bodies;

/// <summary>Bytes in one pooled array that grows; one byte more than <paramref name="limit"/> fits, which shows that it is passed.</summary>
internal sealed class PooledBody(long limit, BodyBudget? budget = null) : IDisposable
{
    private const int Smallest = 4 * 1024;
    private const int LargestFirst = 1024 * 1024;
    private long _charged;
    private bool _abandoned;

    public int Length { get; private set; }

    public byte[] Array { get; private set; } = [];

    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => Array.AsSpan(0, Length);

    public bool IsOverLimit => Length > limit;

    /// <summary>Free space to read into, at least one byte.</summary>
    /// <param name="expected">How long the whole is expected to be, if anybody said.</param>
    /// <exception cref="BodyBudgetException">The budget has no room.</exception>
    public Memory<byte> GetSpace(long? expected = null)
    {
        if (Array.Length == Length) Grow(Array.Length == 0 ? Math.Clamp(expected ?? Smallest, Smallest, LargestFirst) : Array.Length * 2L);
        return Array.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>Puts other bytes in place of what was read, also where they are more than the limit.</summary>
    /// <exception cref="BodyBudgetException">The budget has no room.</exception>
    public void Replace(ReadOnlySpan<byte> content)
    {
        if (content.Length > Array.Length) Resize(content.Length);
        content.CopyTo(Array);
        Length = content.Length;
    }

    /// <summary>Keeps the array out of the pool: somebody may still be reading it.</summary>
    public void Abandon() => _abandoned = true;

    public void Dispose()
    {
        if (Array.Length > 0 && !_abandoned) ArrayPool<byte>.Shared.Return(Array);
        Array = [];
        Length = 0;
        budget?.Return(_charged);
        _charged = 0;
    }

    private void Grow(long wanted) => Resize((int)Math.Max(Math.Min(wanted, limit + 1), Length + 1));

    private void Resize(int size)
    {
        if (budget is not null && !budget.TryTake(size - _charged)) throw new BodyBudgetException();
        if (budget is not null) _charged = size;
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(larger);
        if (Array.Length > 0) ArrayPool<byte>.Shared.Return(Array);
        Array = larger;
    }
}
