using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Hosting;

namespace Systemprompt.Database;

/// <summary>
/// Tells other processes that something changed (PostgreSQL's NOTIFY) and wakes subscribers here, over one direct connection a process.
/// </summary>
/// <remarks>
/// It only makes things faster: a notification may be lost at any break of the connection, so a subscriber whose state must be right reads
/// the tables whenever <see cref="Notice.MustReadAgain"/>, and asks to be polled. Never publish for each request: PostgreSQL hands
/// notifications over one commit at a time.
/// </remarks>
internal sealed partial class NotifyBus(IServiceProvider services, BackgroundLoops loops, DatabaseSettings settings, TimeProvider clock, ILogger<NotifyBus> logger) : IAsyncDisposable
{
    /// <summary>PostgreSQL refuses a payload of 8000 bytes or more.</summary>
    public const int MaxPayloadBytes = 7999;

    private readonly Lock _lock = new();
    private readonly List<NotifySubscription> _subscriptions = [];
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _changed = new();
    private HashSet<string> _channels = [];
    private NpgsqlConnection? _connection;
    private Task _loop = Task.CompletedTask;
    private bool _started;
    private int _numbered;

    /// <summary>Completes when every channel subscribed to is being listened to. Another task after each break. Never, with <c>database.listen</c> off.</summary>
    public Task WhenListening
    {
        get { lock (_lock) return _listening.Task; }
    }

    /// <summary>Calls <paramref name="handler"/>, one call at a time, whenever something is published, when listening begins, and every <paramref name="pollEvery"/>.</summary>
    /// <param name="channel">Lower-case letters, digits and underscores, at most 63; by convention <c>extension_what</c>.</param>
    /// <param name="handler">Takes the notice. When it throws, it is called again with <see cref="NoticeKind.Poll"/> after a pause that grows.</param>
    /// <param name="pollEvery">How long a change may go unnoticed while nothing can be heard; null: for ever.</param>
    /// <returns>Dispose it to unsubscribe.</returns>
    public IDisposable Subscribe(string channel, Func<Notice, CancellationToken, ValueTask> handler, TimeSpan? pollEvery = null)
    {
        CheckChannel(channel);
        var subscription = new NotifySubscription(channel, handler, pollEvery, Remove);
        lock (_lock)
        {
            _subscriptions.Add(subscription);
            if (_started) Begin(subscription);
            ChannelsChanged();
        }

        return subscription;
    }

    /// <summary>Publishes to every process that listens, this one too.</summary>
    /// <exception cref="ArgumentException">The payload is longer than <see cref="MaxPayloadBytes"/>, or holds NUL.</exception>
    public async Task PublishAsync(string channel, string payload, CancellationToken cancellationToken)
    {
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        await PublishAsync(connection, channel, payload, cancellationToken);
    }

    /// <summary>Publishes as part of the connection's transaction: it is heard when that commits, or never.</summary>
    /// <inheritdoc cref="PublishAsync(string, string, CancellationToken)"/>
    public static async Task PublishAsync(NpgsqlConnection connection, string channel, string payload, CancellationToken cancellationToken)
    {
        CheckChannel(channel);
        if (Encoding.UTF8.GetByteCount(payload) > MaxPayloadBytes) throw new ArgumentException($"the payload is longer than {MaxPayloadBytes} bytes; publish an id and let the subscriber read the row", nameof(payload));
        if (payload.Contains('\0')) throw new ArgumentException("the payload holds NUL", nameof(payload));
        await using var command = new NpgsqlCommand("select pg_notify($1, $2)", connection) { Parameters = { new() { Value = channel }, new() { Value = payload } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Begins to listen, and to poll. Subscriptions may come before and after.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_started) return;
            _started = true;
            foreach (var subscription in _subscriptions) Begin(subscription);
        }

        if (settings.Listen) _loop = Task.Run(() => loops.RunAsync("database.listen", ListenAsync, _stop.Token));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        NotifySubscription[] left;
        lock (_lock) left = [.. _subscriptions];
        foreach (var subscription in left) await subscription.StopAsync();
        await DisconnectAsync();
    }

    /// <summary>One turn: connects, or waits until something is heard. Each ends, so that the loop counts as well again after a break.</summary>
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_connection is null)
            {
                _connection = await services.GetRequiredKeyedService<NpgsqlDataSource>("direct").OpenConnectionAsync(cancellationToken);
                _connection.Notification += (_, heard) => Deliver(heard.Channel, new Notice(NoticeKind.Published, heard.Payload));
            }

            using var interrupted = await ListenToAllAsync(_connection, cancellationToken);
            if (interrupted is not null) await WaitAsync(_connection, interrupted.Token, cancellationToken);
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    /// <summary>Listens to what is new. Returns what to wait with, or null after a change.</summary>
    private async Task<CancellationTokenSource?> ListenToAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        CancellationToken changed;
        HashSet<string> wanted;
        lock (_lock)
        {
            changed = _changed.Token;
            wanted = [.. _subscriptions.Select(subscription => subscription.Channel)];
        }

        var added = wanted.Except(_channels).ToList();
        foreach (var channel in _channels.Except(wanted)) await ExecuteAsync(connection, $"unlisten \"{channel}\"", cancellationToken);
        foreach (var channel in added) await ExecuteAsync(connection, $"listen \"{channel}\"", cancellationToken);
        _channels = wanted;
        foreach (var channel in added) Deliver(channel, Notice.Listening);
        lock (_lock)
            if (!changed.IsCancellationRequested && _listening.TrySetResult()) Listening(logger, wanted.Count);
        return added.Count > 0 ? null : CancellationTokenSource.CreateLinkedTokenSource(changed, cancellationToken);
    }

    private static async Task WaitAsync(NpgsqlConnection connection, CancellationToken interrupted, CancellationToken cancellationToken)
    {
        try
        {
            await connection.WaitAsync(interrupted);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another channel is wanted; the connection stays.
        }
    }

    private async Task DisconnectAsync()
    {
        lock (_lock)
            if (_listening.Task.IsCompleted) _listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _channels = [];
        if (_connection is { } connection) await connection.DisposeAsync();
        _connection = null;
    }

    private void Deliver(string channel, Notice notice)
    {
        lock (_lock)
            foreach (var subscription in _subscriptions)
                if (subscription.Channel == channel) subscription.Offer(notice);
    }

    private void Begin(NotifySubscription subscription) => subscription.Start($"database.notify.{subscription.Channel}.{++_numbered}", loops, clock);

    private void Remove(NotifySubscription subscription)
    {
        lock (_lock)
            if (_subscriptions.Remove(subscription)) ChannelsChanged();
    }

    private void ChannelsChanged()
    {
        if (_listening.Task.IsCompleted) _listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = _changed;
        _changed = new CancellationTokenSource();
        // Not here: whoever waits would go on while the lock is held.
        _ = before.CancelAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void CheckChannel(string channel)
    {
        if (!ChannelName().IsMatch(channel)) throw new ArgumentException($"'{channel}' is no channel name: lower-case letters, digits and underscores, starting with a letter, at most 63", nameof(channel));
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}\z")]
    private static partial Regex ChannelName();

    [LoggerMessage(1221, LogLevel.Debug, "Listening to {Channels} channels")]
    private static partial void Listening(ILogger logger, int channels);
}
