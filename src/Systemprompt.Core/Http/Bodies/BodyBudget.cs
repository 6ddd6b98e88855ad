namespace Systemprompt.Http.Bodies;

/// <summary>Bounds the memory that all request bodies together hold.</summary>
internal sealed class BodyBudget(long limit)
{
    private long _used;

    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes memory, or says no.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limit) return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>A request body found no room in memory; asking again in a moment can succeed.</summary>
internal sealed class BodyBudgetException() : Exception("too many request bodies are in memory at once");
