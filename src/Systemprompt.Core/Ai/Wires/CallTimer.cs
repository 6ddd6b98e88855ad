using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Ai;

/// <summary>Why a call was cut short.</summary>
internal enum CutCause
{
    None,
    Client,
    Shutdown,
    Timeout,
}

/// <summary>
/// One token for everything that can end a call: the client going away, the host's time for open requests being over, and the timeout of
/// the phase that the call is in.
/// </summary>
internal sealed class CallTimer : IDisposable
{
    // As long as a slow reader of a stream may take for what is buffered, and no longer: its provider's connection is held meanwhile.
    private static readonly TimeSpan ClientPatience = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _client;
    private readonly CancellationToken _drain;
    private readonly CancellationTokenRegistration _onClient;
    private readonly CancellationTokenRegistration _onDrain;
    private volatile bool _clientStalled;

    public CallTimer(TimeProvider clock, CancellationToken client, CancellationToken drain)
    {
        _clock = clock;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _client = client;
        _drain = drain;
        _onClient = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        _onDrain = drain.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>What ended the call; <see cref="CutCause.None"/> while nothing has.</summary>
    public CutCause Cause
    {
        get
        {
            // Past its deadline the host cuts connections itself, which looks like clients leaving.
            if (_drain.IsCancellationRequested) return CutCause.Shutdown;
            if (_clientStalled || _client.IsCancellationRequested) return CutCause.Client;
            return _source.IsCancellationRequested ? CutCause.Timeout : CutCause.None;
        }
    }

    /// <summary>Starts a phase that may last so long.</summary>
    public void Allow(TimeSpan time) => _source.CancelAfter(time);

    /// <summary>Waits for the client to take what was written. The provider's clock stands still meanwhile; the client's patience is bounded too.</summary>
    /// <exception cref="OperationCanceledException">The client has stopped reading.</exception>
    public async ValueTask AwaitClientAsync(ValueTask<FlushResult> write, HttpContext context)
    {
        if (write.IsCompleted)
        {
            await write;
            return;
        }

        _source.CancelAfter(Timeout.InfiniteTimeSpan);
        try
        {
            await write.AsTask().WaitAsync(ClientPatience, _clock);
        }
        catch (TimeoutException exception)
        {
            _clientStalled = true;
            context.Abort();
            throw new OperationCanceledException("the client has stopped reading", exception);
        }
    }

    public void Dispose()
    {
        _onClient.Dispose();
        _onDrain.Dispose();
        _source.Dispose();
    }
}
