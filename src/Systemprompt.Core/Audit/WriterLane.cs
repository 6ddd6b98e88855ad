namespace Systemprompt.Audit;

/// <summary>
/// One of the writer's connections. Takes everything that waits into one transaction, again and again: while one commit is under way the
/// next batch gathers, so that the load itself sets the size of the batches.
/// </summary>
internal sealed partial class WriterLane(int number, LaneShared shared)
{
    private const int MaxCalls = 1024, MaxBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromMilliseconds(500);

    private readonly PendingCommit[] _batch = new PendingCommit[MaxCalls];
    private readonly Queue<PendingCommit> _held = new();
    private readonly ChainPosition _chain = new(), _next = new();
    private LaneSession? _session;
    private bool _hasWriter, _isUp, _uncertain, _wasCommitted;
    private int _failures;
    private long _failingSince;

    /// <summary>A single operation may take half of what a caller waits, so that a second try is still in time.</summary>
    private TimeSpan Patience => shared.Settings.CommitTimeout / 2;

    /// <summary>Works until the queue is completed and empty.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(cancellationToken);
            while (_held.Count > 0 || await shared.Queue.WaitToReadAsync(cancellationToken))
            {
                var batch = Gather();
                if (batch.Count > 0) await CommitAsync(batch, cancellationToken);
            }
        }
        finally
        {
            if (_isUp) shared.State.LaneDown("the process is stopping");
            if (_session is not null) await CloseAsync(_session);
            Abandon();
        }
    }

    private ArraySegment<PendingCommit> Gather()
    {
        var (count, size) = (0, 0);
        while (count < MaxCalls && size < MaxBytes && (_held.TryDequeue(out var pending) || shared.Queue.TryRead(out pending)))
        {
            if (pending.TryTake())
            {
                _batch[count++] = pending;
                size += pending.Size;
            }
            else
            {
                pending.Release();
            }
        }

        return new ArraySegment<PendingCommit>(_batch, 0, count);
    }

    private async Task CommitAsync(ArraySegment<PendingCommit> batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (_session is null && await ConnectAsync(cancellationToken))
                {
                    Complete(batch, batch.Sum(static pending => pending.Count));
                    return;
                }

                batch = WithoutGivenUp(batch);
                if (batch.Count == 0) return;
                await WriteAsync(batch, cancellationToken);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (await RecoverAsync(batch, exception, cancellationToken)) return;
            }
        }
    }

    private async Task WriteAsync(ArraySegment<PendingCommit> batch, CancellationToken cancellationToken)
    {
        var from = AuditMetrics.IsTimed ? shared.Clock.GetTimestamp() : 0;
        var rows = await BoundedAsync((session, token) => session.WriteAsync(batch, _chain, _next, token), cancellationToken);
        if (from != 0) AuditMetrics.Committed(shared.Clock.GetElapsedTime(from), rows);
        _chain.MoveTo(_next);
        _failures = 0;
        Complete(batch, rows);
    }

    /// <summary>Decides what a failure means for a batch.</summary>
    /// <returns>True when the batch is done with, false when it is to be tried again.</returns>
    private async Task<bool> RecoverAsync(ArraySegment<PendingCommit> batch, Exception exception, CancellationToken cancellationToken)
    {
        var kind = Failure.Classify(exception);
        if (kind == FailureKind.Away || !await RolledBackAsync(cancellationToken))
        {
            Disconnect(exception, uncertain: true);
            return false;
        }

        switch (kind)
        {
            case FailureKind.Fenced:
                WriterFenced(shared.Logger, number, _chain.Writer);
                _hasWriter = false;
                Disconnect(exception, uncertain: false);
                return false;
            case FailureKind.Retry when ++_failures < 5:
                return false;
            case not FailureKind.Retry when batch.Count > 1:
                // One row's content never fails another's: halves, down to the single call.
                await CommitAsync(batch[..(batch.Count / 2)], cancellationToken);
                await CommitAsync(batch[(batch.Count / 2)..], cancellationToken);
                return true;
            case FailureKind.Conflict:
                Complete(batch, rows: 0);
                return true;
            default:
                Reject(batch, exception);
                return true;
        }
    }

    private void Complete(ArraySegment<PendingCommit> batch, int rows)
    {
        shared.State.CountCommit(rows);
        shared.Outstanding.Remove(batch);
        foreach (var pending in batch)
        {
            pending.IsCommitted = true;
            if (!pending.TryAnswer(null)) Late(pending);
            pending.Release();
        }
    }

    /// <summary>Committed after its caller had given up.</summary>
    private void Late(PendingCommit pending)
    {
        if (pending.IsJournaled || pending.IsReplay) return;
        if (pending.KeepTrying)
        {
            shared.State.CountKept(-1);
        }
        else if (pending.WhenAbandoned() is { } end)
        {
            var row = new PendingCommit(static _ => { });
            row.EncodeUnattended(end);
            shared.State.CountAbandoned();
            shared.State.CountKept(1);
            _held.Enqueue(row);
        }
    }

    private void Reject(ArraySegment<PendingCommit> batch, Exception exception)
    {
        shared.State.Progressed();
        shared.Outstanding.Remove(batch);
        foreach (var pending in batch)
        {
            shared.State.CountRejected();
            pending.IsRejected = true;
            RowRejected(shared.Logger, pending.First.Table.Name, exception);
            if (!pending.TryAnswer(new AuditUnavailableException("PostgreSQL refused the audit row; the server's log says why.", exception))
                && pending is { KeepTrying: true, IsReplay: false, IsJournaled: false })
                shared.State.CountKept(-1);
            pending.Release();
        }
    }

    private static ArraySegment<PendingCommit> WithoutGivenUp(ArraySegment<PendingCommit> batch)
    {
        var kept = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].IsAnswered && (!batch[i].KeepTrying || batch[i].IsJournaled)) batch[i].Release();
            else batch[kept++] = batch[i];
        }

        return batch[..kept];
    }
}
