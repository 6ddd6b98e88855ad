using Microsoft.Extensions.Logging;
using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// Keeps this process's writers alive: all of them, also those that a lane has left for a new one, since calls they opened may still be
/// running. On a connection of its own, so that neither load nor a stuck lane keeps it from its work.
/// </summary>
internal sealed partial class WriterLease(NpgsqlDataSource database, AuditSettings settings, TimeProvider clock, ILogger<WriterLease> logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _writers = [];
    private NpgsqlConnection? _connection;
    private long _heldSince = long.MaxValue;

    /// <summary>The writers of this process that are not closed.</summary>
    public Guid[] Writers
    {
        get { lock (_lock) return [.. _writers]; }
    }

    /// <summary>For how long every heartbeat has succeeded; zero when the last one failed.</summary>
    public TimeSpan HeldFor => Volatile.Read(ref _heldSince) is var since && since == long.MaxValue ? TimeSpan.Zero : clock.GetElapsedTime(since);

    public void Add(Guid writer)
    {
        lock (_lock) _writers.Add(writer);
    }

    public void Remove(Guid writer)
    {
        lock (_lock) _writers.Remove(writer);
    }

    /// <summary>One turn of the loop <c>audit.lease</c>: waits for the next heartbeat and renews.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(settings.Heartbeat, clock, cancellationToken);
        await RenewAsync(cancellationToken);
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
            _connection ??= await database.OpenConnectionAsync(either.Token);
            var alive = await WriterStore.RenewAsync(_connection, writers, settings.Lease, either.Token);
            foreach (var writer in writers.Where(writer => !alive.Contains(writer))) Lost(writer);
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

    [LoggerMessage(2010, LogLevel.Warning, "Audit writer {Writer} of this process was taken for dead and closed by another: its heartbeats did not arrive for longer than the lease. Calls it had open are recorded as interrupted")]
    private static partial void LeaseLost(ILogger logger, Guid writer);
}
