namespace Systemprompt.AnthropicStub;

/// <summary>One request as it arrived, and what was answered.</summary>
public sealed class StubRequest
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemoryStream? _answer;

    internal StubRequest(bool record) => _answer = record ? new MemoryStream() : null;

    public required string Path { get; init; }

    public required string Query { get; init; }

    /// <summary>Header values by lower-case name, joined by commas.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>Completes when the caller's connection is gone before the answer was complete.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Completes when the first bytes of the answer have left.</summary>
    public Task Started => _started.Task;

    /// <summary>The answer's body so far, as written.</summary>
    public byte[] Answer
    {
        get
        {
            if (_answer is null) return [];
            lock (_answer) return _answer.ToArray();
        }
    }

    internal void MarkGone() => _gone.TrySetResult();

    internal void Note(ReadOnlySpan<byte> bytes)
    {
        if (_answer is null) return;
        lock (_answer) _answer.Write(bytes);
        _started.TrySetResult();
    }
}
