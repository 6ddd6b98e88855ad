using Microsoft.Extensions.Logging;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// Keeps this process's writers alive: all of them, also those that a lane has left for a new one, since calls they opened may still be
/// running. On a connection of its own, so that neither load nor a stuck lane keeps it from its work.
/// </summary>
internal sealed partial class WriterLease(AuditSettings settings, TimeProvider clock, ILogger<WriterLease> logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _writers = [];
    private NpgsqlDataSource? _database;
    private NpgsqlConnection? _connection;
    private int _failures;
    private long _heldSince = long.MaxValue, _lastBeat;

    /// <summary>The writers of this process that are not closed.</summary>
    public Guid[] Writers
    {
        get { lock (_lock) return [.. _writers]; }
    }

    /// <summary>For how long every heartbeat has succeeded; zero when the last one failed or is overdue.</summary>
    public TimeSpan HeldFor => IsHeld ? clock.GetElapsedTime(Volatile.Read(ref _heldSince)) : TimeSpan.Zero;

    /// <summary>Whether heartbeats arrive.</summary>
    public bool IsHeld => Volatile.Read(ref _heldSince) != long.MaxValue && clock.GetElapsedTime(Volatile.Read(ref _lastBeat)) <= settings.Heartbeat * 3;

    /// <summary>Whether heartbeats fail or are overdue. Not yet before the first is due: a new writer has written its lease itself.</summary>
    public bool IsLate => Volatile.Read(ref _failures) > 0 || clock.GetElapsedTime(Volatile.Read(ref _lastBeat)) > settings.Heartbeat * 3;

    public void Add(Guid writer)
    {
        lock (_lock)
        {
            if (_writers.Count == 0) Volatile.Write(ref _lastBeat, clock.GetTimestamp());
            _writers.Add(writer);
        }
    }

    public void Remove(Guid writer)
    {
        lock (_lock) _writers.Remove(writer);
    }

    /// <summary>The database is up.</summary>
    public void Start(NpgsqlDataSource database) => _database = database;

    /// <summary>
    /// One turn of the loop <c>audit.lease</c>: waits for the next heartbeat and renews. A failure is no reason to wait longer: when the
    /// database is back, the living have little time to say so.
    /// </summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.Heartbeat, clock, cancellationToken);
        try
        {
            await RenewAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (_failures++ == 0) BeatFailed(logger, exception);
            return;
        }

        _failures = 0;
    }

    /// <summary>Renews the leases now.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var writers = Writers;
        if (writers.Length == 0) return;
        try
        {
            using var patience = new CancellationTokenSource(settings.Heartbeat, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            _connection ??= await _database!.OpenConnectionAsync(either.Token);
            var alive = await AuditStore.RenewAsync(_connection, writers, settings.Lease, either.Token);
            foreach (var writer in writers.Where(writer => !alive.Contains(writer))) Lost(writer);
            Volatile.Write(ref _lastBeat, clock.GetTimestamp());
            Interlocked.CompareExchange(ref _heldSince, clock.GetTimestamp(), long.MaxValue);
        }
        catch
        {
            Volatile.Write(ref _heldSince, long.MaxValue);
            await DisconnectAsync();
            throw;
        }
    }

    /// <summary>Gives the connection back.</summary>
    public async ValueTask DisconnectAsync()
    {
        var connection = Interlocked.Exchange(ref _connection, null);
        if (connection is not null) await connection.DisposeAsync();
    }

    private void Lost(Guid writer)
    {
        Remove(writer);
        LeaseLost(logger, writer);
    }

    [LoggerMessage(2012, LogLevel.Warning, "The heartbeat of the audit writers failed; it is tried again at every beat")]
    private static partial void BeatFailed(ILogger logger, Exception exception);

    [LoggerMessage(2010, LogLevel.Warning, "Audit writer {Writer} of this process was taken for dead and closed by another: its heartbeats did not arrive for longer than the lease. Calls it had open are recorded as interrupted")]
    private static partial void LeaseLost(ILogger logger, Guid writer);
}
