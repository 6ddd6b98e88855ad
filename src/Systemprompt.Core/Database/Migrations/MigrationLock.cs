using Microsoft.Extensions.Logging;
using Npgsql;

namespace Systemprompt.Database.Migrations;

/// <summary>The lock under which one process of all migrates. It belongs to the session: when that dies, the lock is free.</summary>
internal sealed partial class MigrationLock : IAsyncDisposable
{
    /// <summary>"sysprmpt" in ASCII, so that it is recognised in pg_locks.</summary>
    public const long Key = 0x73797370726D7074;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private readonly NpgsqlConnection _connection;

    private MigrationLock(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Waits for the lock.</summary>
    /// <remarks>
    /// Asks again and again instead of waiting inside PostgreSQL: a session waiting in <c>pg_advisory_lock</c> holds a snapshot, and
    /// <c>create index concurrently</c> in the process that migrates would wait for that snapshot: a deadlock.
    /// </remarks>
    /// <exception cref="DatabaseRefusedException">Somebody else held it all the time; the message says who.</exception>
    public static async Task<MigrationLock> AcquireAsync(
        NpgsqlConnection connection, TimeSpan timeout, TimeProvider clock, Action<string> report, ILogger logger, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var holders = "";
        while (true)
        {
            if (await ScalarAsync(connection, "select pg_try_advisory_lock($1)", cancellationToken)) return new MigrationLock(connection);
            var now = string.Join(", ", await LockHolder.OfAdvisoryAsync(connection, Key, cancellationToken));
            if (holders.Length == 0 && now.Length > 0)
            {
                report($"waiting for another process to migrate the database: {now}");
                Waiting(logger, now);
            }

            if (now.Length > 0) holders = now;
            if (clock.GetElapsedTime(started) >= timeout)
                throw new DatabaseRefusedException(
                    $"another process has been migrating the database for longer than database.lock_timeout ({timeout.TotalSeconds:0.###} s): {holders}. Wait for it and start again, or raise database.lock_timeout.");
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A dead session has let go of it already.
        if (_connection.State != System.Data.ConnectionState.Open) return;
        try
        {
            await ScalarAsync(_connection, "select pg_advisory_unlock($1)", CancellationToken.None);
        }
        catch (NpgsqlException)
        {
        }
    }

    private static async Task<bool> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Key } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    [LoggerMessage(1211, LogLevel.Information, "Another process migrates the database; waiting for {Holders}")]
    private static partial void Waiting(ILogger logger, string holders);
}
