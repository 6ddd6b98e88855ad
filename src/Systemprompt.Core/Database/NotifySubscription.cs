using System.Threading.Channels;
using Systemprompt.Hosting;

namespace Systemprompt.Database;

/// <summary>
/// One subscriber: its notices wait in a bounded queue and are handed over one at a time. What does not fit, and what a failing
/// handler did not take, is made up for by a poll.
/// </summary>
internal sealed class NotifySubscription : IDisposable
{
    private const int Capacity = 256;

    private readonly Channel<Notice> _queue = System.Threading.Channels.Channel.CreateBounded<Notice>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Func<Notice, CancellationToken, ValueTask> _handler;
    private readonly TimeSpan? _pollEvery;
    private readonly Action<NotifySubscription> _unsubscribe;
    private readonly CancellationTokenSource _ended = new();
    private ITimer? _timer;
    private Task _pumping = Task.CompletedTask;
    private int _pollQueued;
    private int _mustPoll;
    private int _isEnded;

    public NotifySubscription(string channel, Func<Notice, CancellationToken, ValueTask> handler, TimeSpan? pollEvery, Action<NotifySubscription> unsubscribe)
    {
        Channel = channel;
        _handler = handler;
        _pollEvery = pollEvery;
        _unsubscribe = unsubscribe;
    }

    public string Channel { get; }

    /// <summary>Begins to hand over.</summary>
    public void Start(string name, BackgroundLoops loops, TimeProvider clock)
    {
        if (_pollEvery is { } every) _timer = clock.CreateTimer(static self => ((NotifySubscription)self!).OfferPoll(), this, every, every);
        _pumping = Task.Run(() => loops.RunAsync(name, PumpAsync, _ended.Token));
    }

    /// <summary>Queues a notice; never waits.</summary>
    public void Offer(Notice notice)
    {
        if (!_queue.Writer.TryWrite(notice)) Volatile.Write(ref _mustPoll, 1);
    }

    /// <summary>Ends it: no new call begins. The subscriber and the bus may both do so.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0) return;
        _unsubscribe(this);
        _timer?.Dispose();
        _ended.Cancel();
    }

    /// <summary>Ends it and waits for the call under way.</summary>
    public async Task StopAsync()
    {
        Dispose();
        await _pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private void OfferPoll()
    {
        // A slow handler must not find a heap of polls.
        if (Interlocked.Exchange(ref _pollQueued, 1) == 0) Offer(Notice.Poll);
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        var notice = Interlocked.Exchange(ref _mustPoll, 0) == 1 ? Notice.Poll : await _queue.Reader.ReadAsync(cancellationToken);
        if (notice.Kind == NoticeKind.Poll) Volatile.Write(ref _pollQueued, 0);
        try
        {
            await _handler(notice, cancellationToken);
        }
        catch
        {
            Volatile.Write(ref _mustPoll, 1);
            throw;
        }
    }
}
