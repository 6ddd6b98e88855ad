using Microsoft.Extensions.Logging;

namespace Systemprompt.Audit;

/// <summary>How a lane gets and loses its connection.</summary>
internal sealed partial class WriterLane
{
    /// <summary>Connects, however long that takes, and takes up the writer's chain where the database says it is.</summary>
    /// <returns>True when the transaction that was in doubt turns out to be committed.</returns>
    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_failures > 1) await PauseAsync(cancellationToken);
            try
            {
                using var patience = new CancellationTokenSource(Patience, shared.Clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
                _session = await LaneSession.OpenAsync(shared.Database, either.Token);
                await BoundedAsync(TakeUpAsync, cancellationToken);
                if (!_isUp) shared.State.LaneUp();
                _isUp = true;
                shared.State.Progressed();
                LaneConnected(shared.Logger, number, _chain.Writer);
                var committed = _wasCommitted;
                _wasCommitted = false;
                return committed;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Disconnect(exception, _uncertain);
            }
        }
    }

    private async Task<int> TakeUpAsync(LaneSession session, CancellationToken cancellationToken)
    {
        if (_hasWriter)
        {
            // Also tries whether the server takes writes at all: it may be a standby, or its disk full.
            await AuditStore.RenewAsync(session.Connection, [_chain.Writer], shared.Settings.Lease, cancellationToken);
            var state = await AuditStore.ReadAsync(session.Connection, _chain.Writer, cancellationToken);
            if (_uncertain && state is not null && state.LastSeq == _next.Seq && state.Head.AsSpan().SequenceEqual(_next.Head))
            {
                _chain.MoveTo(_next);
                _wasCommitted = true;
            }

            // Anything else in doubt was not committed; should the lost connection still commit it, its keys show as conflicts.
            _uncertain = false;
            _hasWriter = state is { IsClosed: false } && state.LastSeq == _chain.Seq;
        }

        if (!_hasWriter)
        {
            _chain.Begin(Guid.CreateVersion7(shared.Clock.GetUtcNow()));
            await AuditStore.RegisterAsync(session.Connection, _chain, shared.Origin, number, shared.Settings, cancellationToken);
            shared.Lease.Add(_chain.Writer);
            _hasWriter = true;
        }

        return 0;
    }

    private void Disconnect(Exception reason, bool uncertain)
    {
        _uncertain = uncertain;
        if (_failures++ == 0) _failingSince = shared.Clock.GetTimestamp();
        // Not yet an outage: an administrator or a failover may have ended every session, also those that the pool still offers.
        else if (_isUp && shared.Clock.GetElapsedTime(_failingSince) >= Grace)
        {
            _isUp = false;
            shared.State.LaneDown(reason.Message);
            LaneLost(shared.Logger, number, reason);
        }

        if (_session is not { } session) return;
        _session = null;
        _ = CloseAsync(session);
    }

    /// <summary>Closes a connection in doubt, when the operation that is stuck on it has ended.</summary>
    private async Task CloseAsync(LaneSession session)
    {
        try
        {
            await session.Running;
        }
        catch (Exception exception)
        {
            ConnectionFailed(shared.Logger, number, exception);
        }

        try
        {
            await session.DisposeAsync();
        }
        catch (Exception exception)
        {
            ConnectionFailed(shared.Logger, number, exception);
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(_failures, 7) - 2);
        RefuseWaiting();
        await Task.Delay(pause < LongestPause ? pause : LongestPause, shared.Clock, cancellationToken);
        RefuseWaiting();
    }

    /// <summary>
    /// While the database is away: who waits with a new call is refused, ends of calls are held. With a journal, the watch moves all of them there.
    /// </summary>
    private void RefuseWaiting()
    {
        if (shared.State.IsUp || shared.Journal.IsOn) return;
        while (_held.Count < shared.Settings.QueueCapacity && shared.Queue.TryRead(out var pending))
        {
            if (pending.KeepTrying)
            {
                _held.Enqueue(pending);
                continue;
            }

            if (pending.TryAnswer(new AuditUnavailableException($"The audit trail cannot take rows: {shared.State.Reason}"))) shared.Outstanding.Remove([pending]);
            pending.Release();
        }
    }

    private async Task<bool> RolledBackAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BoundedAsync(static (session, token) => session.RollBackAsync(token), cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ConnectionFailed(shared.Logger, number, exception);
            return false;
        }
    }

    /// <summary>Cancels an operation that takes too long, and walks away from one that does not even let itself be cancelled.</summary>
    private async Task<int> BoundedAsync(Func<LaneSession, CancellationToken, Task<int>> operation, CancellationToken cancellationToken)
    {
        var session = _session!;
        using var patience = new CancellationTokenSource(Patience, shared.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var running = operation(session, either.Token);
        session.Running = running;
        return await running.WaitAsync(Patience + TimeSpan.FromSeconds(1), shared.Clock, cancellationToken);
    }

    /// <summary>What is still held when the lane ends was not written.</summary>
    private void Abandon()
    {
        var lost = _held.Count(static pending => pending is { IsReplay: false, IsJournaled: false });
        if (lost == 0) return;
        shared.State.CountLost(lost);
        RowsLost(shared.Logger, lost);
    }

    [LoggerMessage(2001, LogLevel.Information, "Audit lane {Lane} writes as {Writer}")]
    private static partial void LaneConnected(ILogger logger, int lane, Guid writer);

    [LoggerMessage(2002, LogLevel.Error, "Audit lane {Lane} cannot write; calls are refused while no lane can, and it keeps trying")]
    private static partial void LaneLost(ILogger logger, int lane, Exception exception);

    [LoggerMessage(2003, LogLevel.Warning, "Audit lane {Lane}: writer {Writer} was closed by another process or moved on by a lost connection; going on as a new one")]
    private static partial void WriterFenced(ILogger logger, int lane, Guid writer);

    [LoggerMessage(2004, LogLevel.Error, "PostgreSQL refused a row of {Table}; its call was refused, no other row is affected")]
    private static partial void RowRejected(ILogger logger, string table, Exception exception);

    [LoggerMessage(2005, LogLevel.Debug, "Audit lane {Lane}: a connection in doubt ended")]
    private static partial void ConnectionFailed(ILogger logger, int lane, Exception exception);

    [LoggerMessage(2006, LogLevel.Critical, "{Calls} calls ended without their last audit row: the process stops and the database is away. Another replica records them as interrupted")]
    private static partial void RowsLost(ILogger logger, int calls);
}
