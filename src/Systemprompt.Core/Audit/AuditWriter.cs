using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;
using Npgsql;
using Systemprompt.Audit.Journal;
using Systemprompt.Hosting;

namespace Systemprompt.Audit;

/// <summary>
/// The audit trail's front: callers hand rows over here and await their commit. Can be had before the database is up; until it is started
/// it refuses.
/// </summary>
internal sealed partial class AuditWriter : IAuditLog, IDisposable
{
    private const string TooSlow = "commits take longer than audit.commit_timeout";
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(250);

    private readonly AuditSettings _settings;
    private readonly WriterOrigin _origin;
    private readonly TimeProvider _clock;
    private readonly AuditState _state;
    private readonly AuditJournal _journal;
    private readonly ILogger<AuditWriter> _logger;
    private readonly Channel<PendingCommit> _queue;
    private readonly Outstanding _outstanding = new();
    private readonly DefaultObjectPool<PendingCommit> _pool;
    private readonly CancellationTokenSource _abort = new();
    private readonly long _patience;
    private Task _running = Task.CompletedTask;

    public AuditWriter(AuditSettings settings, WriterOrigin origin, AuditState state, AuditJournal journal, TimeProvider clock, ILogger<AuditWriter> logger)
    {
        (_settings, _origin, _clock, _state, _journal, _logger) = (settings, origin, clock, state, journal, logger);
        _patience = (long)(settings.CommitTimeout.TotalSeconds * clock.TimestampFrequency);
        _pool = new DefaultObjectPool<PendingCommit>(new PoolPolicy(this), maximumRetained: 1024);
        _queue = Channel.CreateBounded<PendingCommit>(new BoundedChannelOptions(settings.QueueCapacity) { SingleReader = settings.Lanes == 1 });
    }

    /// <summary>Rows handed over that no lane has taken yet, in calls.</summary>
    public int QueueDepth => _queue.Reader.Count;

    /// <summary>Calls that wait for a commit.</summary>
    public int Waiting => _outstanding.Count;

    /// <summary>How long the oldest of them has waited.</summary>
    public TimeSpan LongestWait =>
        _outstanding.FirstDeadline is { } deadline ? _clock.GetElapsedTime(deadline - _patience) : TimeSpan.Zero;

    /// <summary>Starts the lanes. They connect by themselves, also when the database is away.</summary>
    public void Start(NpgsqlDataSource database, WriterLease lease)
    {
        _journal.Start(TryKeep);
        var shared = new LaneShared(database, _settings, _origin, _clock, _queue.Reader, _outstanding, _state, lease, _journal, _logger);
        _running = Task.WhenAll(Enumerable.Range(0, _settings.Lanes).Select(number => Task.Run(() => new WriterLane(number, shared).RunAsync(_abort.Token))));
    }

    /// <summary>Takes no more rows and commits those that wait.</summary>
    /// <param name="cancellationToken">Ends the patience: what is not committed by then is lost and counted.</param>
    /// <exception cref="OperationCanceledException">Not everything was committed.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await using var registration = cancellationToken.Register(static state => ((CancellationTokenSource)state!).Cancel(), _abort);
        await _running;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _abort.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(AuditRow row, CancellationToken cancellationToken) => TraceAsync(row, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CommitAsync(AuditRow first, AuditRow second, CancellationToken cancellationToken) => TraceAsync(first, second, cancellationToken);

    /// <summary>One turn of the loop <c>audit.watch</c>: callers that have waited too long give up.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(WatchPause, _clock, cancellationToken);
        ExpireWaiting();
    }

    /// <summary>Lets callers give up whose time has come; with a journal, their rows go there, and those of all who wait while the database is away.</summary>
    public void ExpireWaiting()
    {
        _journal.ExpireWaiting(_clock.GetTimestamp());
        while (_outstanding.TakeExpired(_clock.GetTimestamp()) is { } pending)
        {
            if (TryJournal(pending)) _state.Stalled(TooSlow, _settings.CommitTimeout / 2);
            else GiveUp(pending);
            pending.Release();
        }

        while (_journal.IsOn && !_state.IsUp && _outstanding.TakeExpired(long.MaxValue) is { } pending)
        {
            if (!TryJournal(pending)) GiveUp(pending);
            pending.Release();
        }
    }

    /// <summary>Hands over rows that nobody waits for, when there is room.</summary>
    public ValueTask EnqueueAsync(PendingCommit pending, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(pending, cancellationToken);

    private bool TryJournal(PendingCommit pending)
    {
        if (!_journal.IsOn) return false;
        // From now on it is the disk that it waits for.
        pending.Deadline = _clock.GetTimestamp() + _patience;
        if (!_journal.TryAppend(pending, isQueued: true)) return false;
        // A lane that has taken it already may commit it too: its keys make that harmless.
        pending.TryWithdraw();
        return true;
    }

    private void GiveUp(PendingCommit pending)
    {
        if (!pending.KeepTrying) pending.TryWithdraw();
        var failure = new AuditUnavailableException(
            $"The audit row was not committed within {_settings.CommitTimeout.TotalSeconds:0.#} s" + (_state.IsUp ? "." : $": {_state.Reason}"));
        if (!pending.TryAnswer(failure)) return;
        if (_state.IsUp) _state.Stalled(TooSlow, _settings.CommitTimeout / 2);
        if (pending.KeepTrying) _state.CountKept(1);
        CallerGaveUp(_logger, pending.First.Table.Name, pending.KeepTrying);
    }

    /// <summary>Keeps the end of a call that the journal did not take.</summary>
    private bool TryKeep(PendingCommit pending)
    {
        if (_queue.Writer.TryWrite(pending))
        {
            _state.CountKept(1);
            return true;
        }

        _state.CountLost(1);
        RowLost(_logger, pending.First.Table.Name, "neither the journal nor the queue takes it");
        return false;
    }

    private ValueTask TraceAsync(AuditRow first, AuditRow? second, CancellationToken cancellationToken) =>
        AuditMetrics.Source.Child("audit commit") is { } span ? SubmitAsync(span, first, second, cancellationToken) : Submit(first, second, cancellationToken);

    private async ValueTask SubmitAsync(Activity span, AuditRow first, AuditRow? second, CancellationToken cancellationToken)
    {
        using (span)
        {
            span.SetTag("systemprompt.table", first.Table.Name);
            try
            {
                await Submit(first, second, cancellationToken);
            }
            catch (AuditUnavailableException)
            {
                span.Failed("audit_unavailable");
                throw;
            }
        }
    }

    private ValueTask Submit(AuditRow first, AuditRow? second, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var isAway = !_state.IsUp;
        if (!first.KeepTrying && isAway && !_journal.IsOn)
            return ValueTask.FromException(new AuditUnavailableException($"The audit trail cannot take rows: {_state.Reason}"));

        var pending = _pool.Get();
        try
        {
            pending.Encode(first, second);
        }
        catch
        {
            pending.Recycle();
            throw;
        }

        pending.Deadline = _clock.GetTimestamp() + _patience;
        var task = pending.Task;
        if (isAway && _journal.IsOn)
        {
            if (_journal.TryAppend(pending, isQueued: false)) return task;
            if (!first.KeepTrying)
            {
                pending.Recycle();
                return ValueTask.FromException(new AuditUnavailableException($"The audit trail cannot take rows: {_journal.Fault}"));
            }
        }

        _outstanding.Add(pending);
        return _queue.Writer.TryWrite(pending) ? task : WhenThereIsRoom(pending, task);
    }

    private async ValueTask WhenThereIsRoom(PendingCommit pending, ValueTask task)
    {
        using var patience = new CancellationTokenSource(_settings.CommitTimeout, _clock);
        try
        {
            await _queue.Writer.WriteAsync(pending, patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            NoRoom(pending, exception is ChannelClosedException ? "the process is stopping" : "too many rows wait for a commit");
        }

        await task;
    }

    private void NoRoom(PendingCommit pending, string reason)
    {
        _outstanding.Remove([pending]);
        var gaveUp = !pending.TryAnswer(new AuditUnavailableException($"The audit trail cannot take rows: {reason}."));
        if (pending is { KeepTrying: true, IsJournaled: false })
        {
            if (gaveUp) _state.CountKept(-1);
            _state.CountLost(1);
            RowLost(_logger, pending.First.Table.Name, reason);
        }

        pending.Release();
    }

    [LoggerMessage(2020, LogLevel.Warning, "A row of {Table} was not committed in time; its call was refused (kept to be retried: {Kept})")]
    private static partial void CallerGaveUp(ILogger logger, string table, bool kept);

    [LoggerMessage(2021, LogLevel.Critical, "A row of {Table} that ends a call is lost: {Reason}")]
    private static partial void RowLost(ILogger logger, string table, string reason);

    private sealed class PoolPolicy(AuditWriter writer) : PooledObjectPolicy<PendingCommit>
    {
        public override PendingCommit Create() => new(pending => writer._pool.Return(pending));

        public override bool Return(PendingCommit obj) => true;
    }
}
