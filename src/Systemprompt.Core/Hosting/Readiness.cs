namespace Systemprompt.Hosting;

/// <summary>Where the process stands.</summary>
public enum ReadyState
{
    /// <summary>Listening, not serving yet: waiting for the database, migrating, starting extensions.</summary>
    Starting,

    /// <summary>Accepting connections and serving (API_READY).</summary>
    Ready,

    /// <summary>Shutting down: open requests finish, new ones are refused.</summary>
    Stopping,
}

/// <summary>The API_READY flag and its broadcast: parts and tests await it instead of guessing.</summary>
public sealed class Readiness : IDisposable
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _drain = new();
    private ITimer? _timer;
    private volatile int _state;
    private volatile string _detail = "starting";

    /// <summary>The state now.</summary>
    public ReadyState State => (ReadyState)_state;

    /// <summary>True while serving.</summary>
    public bool IsReady => State == ReadyState.Ready;

    /// <summary>What start-up is doing or waiting for, in words for an operator.</summary>
    public string Detail => _detail;

    /// <summary>Completes when the process has become ready for the first time.</summary>
    public Task WhenReady => _ready.Task;

    /// <summary>Cancelled when the time for open requests is over: a stream ends itself now, or is cut.</summary>
    public CancellationToken DrainDeadline => _drain.Token;

    /// <summary>Raised after every change of state.</summary>
    public event Action<ReadyState>? Changed;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _drain.Dispose();
    }

    internal void BeginStopping(TimeSpan patience, TimeProvider clock)
    {
        Set(ReadyState.Stopping, "stopping");
        _timer ??= clock.CreateTimer(static self => ((Readiness)self!).EndDrain(), this, patience, Timeout.InfiniteTimeSpan);
    }

    private void EndDrain()
    {
        try
        {
            _drain.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The process was through before its time.
        }
    }

    internal void Report(string detail) => _detail = detail;

    internal void Set(ReadyState state, string detail)
    {
        _detail = detail;
        _state = (int)state;
        if (state == ReadyState.Ready) _ready.TrySetResult();
        Changed?.Invoke(state);
    }
}
