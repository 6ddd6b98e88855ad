using Npgsql;

namespace Systemprompt.Database;

/// <summary>What a look at the database found.</summary>
/// <param name="Fault">What is wrong, in words for an operator; null when all is well.</param>
/// <param name="Took">How long it took.</param>
internal sealed record ProbeResult(string? Fault, TimeSpan Took);

/// <summary>
/// Looks whether the database answers and takes writes, over a connection of its own. However many ask at once, one look is under way,
/// and its answer serves for a second: health checks must not bring down what they watch.
/// </summary>
internal sealed class DatabaseProbe(DatabaseServer server, DatabaseCondition condition, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>How long a look may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private NpgsqlDataSource? _source;
    private Task<ProbeResult>? _running;
    private ProbeResult? _last;
    private long _lastAt;

    /// <summary>How many looks were taken.</summary>
    public int Looks { get; private set; }

    /// <summary>Looks, or joins a look under way, or takes the answer of a moment ago. Never throws for the database's sake, and never takes longer than <see cref="Limit"/>.</summary>
    public async Task<ProbeResult> CheckAsync(CancellationToken cancellationToken)
    {
        Task<ProbeResult> running;
        lock (_lock)
        {
            if (_last is { } last && clock.GetElapsedTime(_lastAt) < Fresh) return last;
            running = _running ??= Task.Run(RunAsync, CancellationToken.None);
        }

        try
        {
            return await running.WaitAsync(Limit, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new ProbeResult($"the database did not answer within {Limit.TotalSeconds:0} s", Limit);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is { } source) await source.DisposeAsync();
    }

    private async Task<ProbeResult> RunAsync()
    {
        var started = clock.GetTimestamp();
        string? fault;
        using var limit = new CancellationTokenSource(Limit, clock);
        try
        {
            fault = await LookAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            fault = $"the database did not answer within {Limit.TotalSeconds:0} s";
        }
        catch (Exception exception)
        {
            // Health is public: where the database is, `infra db status` tells.
            fault = $"the database cannot be used: {DatabaseErrors.Describe(exception)}";
        }

        var result = new ProbeResult(fault, clock.GetElapsedTime(started));
        lock (_lock) (_last, _lastAt, _running, Looks) = (result, clock.GetTimestamp(), null, Looks + 1);
        return result;
    }

    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        if (!server.IsKnown) return "the database has not been started yet";
        _source ??= server.Connect(address => address.Health, "health");
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is true) return "the server takes no writes (standby or read-only)";
        if (condition.WriteFault is not { } fault) return null;

        // Nobody may be writing any more, since we report ourselves unfit: only a write of our own finds out that it is mended.
        try
        {
            await TryToWriteAsync(connection, cancellationToken);
            condition.Wrote();
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            condition.Wrote();
            return null;
        }
        catch (PostgresException exception) when (DatabaseErrors.IsDiskFull(exception) || DatabaseErrors.IsReadOnly(exception))
        {
            return fault;
        }
    }

    /// <summary>Makes the server take new space on its disk, and gives it back.</summary>
    private static async Task TryToWriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            create temporary table systemprompt_probe on commit drop as
            select repeat(md5(i::text), 60) as filler from generate_series(1, 64) as i
            """,
            connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.RollbackAsync(cancellationToken);
    }
}
