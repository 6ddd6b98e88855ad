using Systemprompt.Database;

namespace Systemprompt.Events;

/// <summary>Reads the log as it grows, on every process, and hands each event to the process's handlers and listeners.</summary>
internal sealed class EventFeed(EventStore store, EventHandlers handlers, EventStreams streams, EventsSettings settings, NotifyBus bus, TimeProvider clock) : IDisposable
{
    private const int Portion = 1000;
    private IDisposable? _subscription;
    private long _last;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _last = (await store.KeptAsync(cancellationToken))?.Last ?? 0;
        streams.Begin(_last);
        _subscription = bus.Subscribe(EventStore.LogChannel, ReadAsync, settings.Poll);
    }

    public void Dispose() => _subscription?.Dispose();

    private async ValueTask ReadAsync(Notice notice, CancellationToken cancellationToken)
    {
        while (true)
        {
            var events = await store.AfterAsync(_last, Portion, cancellationToken);
            foreach (var happened in events)
            {
                streams.Offer(happened);
                EventsMetrics.Heard(clock.GetUtcNow() - happened.At);
                await handlers.TellAsync(happened, cancellationToken);
                _last = happened.Id;
            }

            if (events.Count < Portion) return;
        }
    }
}
