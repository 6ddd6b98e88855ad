using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Events;

/// <summary>
/// Puts what was published in order, and in the same transaction enqueues the work that it causes: handlers that run once, and deliveries to webhooks.
/// Every process does it, one at a time.
/// </summary>
internal sealed class EventSequencer(NpgsqlDataSource database, EventStore store, WebhookStore webhooks, EventHandlers handlers, IJobQueue jobs, EventsSettings settings, NotifyBus bus) : IDisposable
{
    private const int Portion = 500;
    private IDisposable? _subscription;

    public void Start() => _subscription = bus.Subscribe(EventStore.OutboxChannel, OrderAsync, settings.Poll);

    public void Dispose() => _subscription?.Dispose();

    private async ValueTask OrderAsync(Notice notice, CancellationToken cancellationToken)
    {
        // Without the lock first: most of the time another process was quicker.
        while (await store.HasUnorderedAsync(cancellationToken)) await OrderPortionAsync(cancellationToken);
    }

    private async Task OrderPortionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var events = await store.OrderAsync(connection, Portion, cancellationToken);
        if (events.Count > 0) await CauseAsync(events, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task CauseAsync(IReadOnlyList<LoggedEvent> events, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var handled = events.SelectMany(happened => handlers.OnceFor(happened.Kind).Select(handler => new HandleArgs(handler.Name, happened.Id))).ToList();
        if (handled.Count > 0) await jobs.EnqueueManyAsync(HandleJob.Kind, handled, transaction: transaction, cancellationToken: cancellationToken);
        if (!settings.Webhooks.Enabled) return;
        var hooks = await webhooks.EnabledAsync(transaction, cancellationToken);
        var sent = events.SelectMany(happened => hooks.Where(hook => hook.Wants(happened.Kind)).Select(hook => new DeliverArgs(hook.Name, happened.Id))).ToList();
        if (sent.Count > 0) await jobs.EnqueueManyAsync(DeliverJob.Kind, sent, transaction: transaction, cancellationToken: cancellationToken);
    }
}
