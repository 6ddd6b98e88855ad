using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Budgets;

/// <summary>
/// This process as a holder of slices: its lease, database time, and the loop that reports what was spent and gives back what is idle or over.
/// </summary>
internal sealed partial class SliceKeeper(SliceStore store, BudgetsSettings settings, TimeProvider clock, ILogger<SliceKeeper> logger) : IDisposable
{
    private const int Portion = 200;

    private readonly ConcurrentDictionary<SliceId, Slice> _slices = new();
    private readonly SemaphoreSlim _again = new(1, 1);
    private volatile Replica _replica = new(Guid.CreateVersion7());
    private long _offset, _spendUntil = long.MinValue, _heldSince = long.MaxValue;
    private int _failures;

    public Replica Replica => _replica;

    /// <summary>Database time.</summary>
    public DateTimeOffset Now => clock.GetUtcNow() + new TimeSpan(Volatile.Read(ref _offset));

    /// <summary>Whether slices may be spent from: not when heartbeats have failed for so long that others may take this replica for dead.</summary>
    public bool MaySpend => clock.GetTimestamp() < Volatile.Read(ref _spendUntil);

    public int Failures => Volatile.Read(ref _failures);

    /// <summary>For how long every heartbeat has succeeded.</summary>
    public TimeSpan HeldFor => Volatile.Read(ref _heldSince) is var since and not long.MaxValue ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    public Slice? Find(SliceId id) => _slices.GetValueOrDefault(id);

    public void Add(Slice slice) => _slices[slice.Id] = slice;

    public async Task StartAsync(CancellationToken cancellationToken) => await BeginAsync(new Replica(Guid.CreateVersion7()), cancellationToken);

    /// <summary>One turn of the loop <c>budgets.slices</c>. A failure is no reason to wait longer.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.Heartbeat, clock, cancellationToken);
        try
        {
            using var patience = new CancellationTokenSource(settings.Lease / 3, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            await BeatAsync(either.Token);
            await ReportAsync(everything: false, either.Token);
            Volatile.Write(ref _failures, 0);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _heldSince, long.MaxValue);
            if (Interlocked.Increment(ref _failures) == 1) BeatFailed(logger, exception);
        }
    }

    /// <summary>Renews the lease; when this replica was taken for dead, goes on as another.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        var (replica, sent, at) = (_replica, clock.GetTimestamp(), clock.GetUtcNow());
        if (await store.BeatAsync(replica.Id, settings.Lease, cancellationToken) is { } now) Renewed(sent, at, now);
        else await StartAgainAsync(replica, cancellationToken);
    }

    /// <summary>Others settle what it held. What is under way ends as it would have, and is counted by the audit trail.</summary>
    public async Task StartAgainAsync(Replica dead, CancellationToken cancellationToken)
    {
        await _again.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(dead, _replica)) return;
            Volatile.Write(ref _spendUntil, long.MinValue);
            TakenForDead(logger, dead.Id);
            foreach (var slice in _slices.Values.Where(slice => ReferenceEquals(slice.Replica, dead))) Forget(slice);
            await BeginAsync(new Replica(Guid.CreateVersion7()), cancellationToken);
        }
        finally
        {
            _again.Release();
        }
    }

    /// <summary>Reports every slice that has something to say, and gives back what is idle, over, or with <paramref name="everything"/> all that is not reserved.</summary>
    public async Task ReportAsync(bool everything, CancellationToken cancellationToken)
    {
        var idleBefore = clock.GetTimestamp() - (long)(settings.Idle.TotalSeconds * clock.TimestampFrequency);
        var now = Now;
        var due = new List<(Slice Slice, bool GiveBack)>();
        foreach (var slice in _slices.Values)
        {
            var (dirty, idle) = slice.State(idleBefore);
            var over = slice.Id.Window.End <= now;
            if (everything || dirty || idle || over) due.Add((slice, everything || idle || over));
        }

        due.Sort(static (one, other) => Order(one.Slice.Id, other.Slice.Id));
        foreach (var portion in due.Chunk(Portion)) await ReportAsync(portion, everything, now, cancellationToken);
    }

    /// <summary>Gives back what is not reserved of these slices. False when there is nothing.</summary>
    public async Task<bool> GiveBackAsync(IReadOnlyList<Slice> slices, CancellationToken cancellationToken)
    {
        if (!slices.Any(slice => slice.State(long.MaxValue).IsIdle)) return false;
        foreach (var portion in slices.Select(slice => (slice, true)).OrderBy(entry => entry.slice.Id, Comparer<SliceId>.Create(Order)).Chunk(Portion))
            await ReportAsync(portion, wait: false, Now, cancellationToken);
        return true;
    }

    /// <summary>Ends this replica: everything is reported and given back. What calls still have reserved, others settle.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _spendUntil, long.MinValue);
        await ReportAsync(everything: true, cancellationToken);
        await store.EndAsync(_replica.Id, cancellationToken);
    }

    public void Dispose() => _again.Dispose();

    private async Task ReportAsync((Slice Slice, bool GiveBack)[] portion, bool wait, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var replica = _replica;
        var taken = new List<Slice>(portion.Length);
        var messages = new List<SliceMessage>(portion.Length);
        try
        {
            foreach (var (slice, giveBack) in portion)
            {
                // One that is just being talked about will be reported with the next turn. When everything is to be given back, that is waited for.
                if (!ReferenceEquals(slice.Replica, replica) || !await slice.Turn.WaitAsync(wait ? settings.Lease : TimeSpan.Zero, cancellationToken)) continue;
                taken.Add(slice);
                messages.Add(new SliceMessage(slice, slice.Report(replica.NextSequence(), giveBack)));
            }

            if (messages.Count == 0) return;
            var answers = await store.SyncAsync(replica, messages, cancellationToken);
            for (var at = 0; at < messages.Count; at++)
            {
                if (answers[at].ReplicaIsClosed)
                {
                    await StartAgainAsync(replica, cancellationToken);
                    return;
                }

                if (!answers[at].WasLate) messages[at].Slice.Accept(messages[at].Report, answers[at].Granted, answers[at].Spent, answers[at].Leased);
                if (messages[at].Slice is var slice && slice.Id.Window.End <= now && !slice.HasReserved && !slice.State(0).IsDirty) Forget(slice);
            }
        }
        finally
        {
            foreach (var slice in taken) slice.Turn.Release();
        }
    }

    private async Task BeginAsync(Replica replica, CancellationToken cancellationToken)
    {
        var (sent, at) = (clock.GetTimestamp(), clock.GetUtcNow());
        var now = await store.RegisterAsync(replica.Id, settings.Lease, cancellationToken);
        _replica = replica;
        Renewed(sent, at, now);
    }

    private void Renewed(long sent, DateTimeOffset at, DateTime now)
    {
        // Half of the lease: what was reserved at its end has the other half to get its row into the trail, before anybody adds that up.
        Volatile.Write(ref _spendUntil, sent + (long)(settings.Lease.TotalSeconds / 2 * clock.TimestampFrequency));
        Volatile.Write(ref _offset, (now - at.UtcDateTime - (clock.GetElapsedTime(sent) / 2)).Ticks);
        Interlocked.CompareExchange(ref _heldSince, clock.GetTimestamp(), long.MaxValue);
    }

    private void Forget(Slice slice)
    {
        slice.End();
        _slices.TryRemove(new KeyValuePair<SliceId, Slice>(slice.Id, slice));
    }

    private static int Order(SliceId one, SliceId other)
    {
        var order = string.CompareOrdinal(one.Budget, other.Budget);
        if (order == 0) order = one.Unit.CompareTo(other.Unit);
        if (order == 0) order = one.Period.CompareTo(other.Period);
        if (order == 0) order = string.CompareOrdinal(one.Key, other.Key);
        return order == 0 ? one.Window.Start.CompareTo(other.Window.Start) : order;
    }

    [LoggerMessage(3302, LogLevel.Warning, "The heartbeat of this process's budget slices failed; it is tried again at every beat")]
    private static partial void BeatFailed(ILogger logger, Exception exception);

    [LoggerMessage(3303, LogLevel.Warning, "Replica {Replica} of this process was taken for dead: its heartbeats did not arrive for longer than the lease. What it held of budgets is settled by the audit trail")]
    private static partial void TakenForDead(ILogger logger, Guid replica);
}
