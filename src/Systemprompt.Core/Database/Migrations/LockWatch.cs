using Npgsql;

namespace Systemprompt.Database.Migrations;

/// <summary>
/// Notes, from a second session, who keeps a session waiting while it works: after a lock time-out PostgreSQL no longer knows.
/// </summary>
internal sealed class LockWatch(NpgsqlDataSource direct, TimeProvider clock)
{
    /// <summary>Whom the work last waited for.</summary>
    public IReadOnlyList<LockHolder> Holders { get; private set; } = [];

    /// <summary>Does the work and watches it.</summary>
    /// <param name="pid">The session that works.</param>
    /// <param name="every">How often to look; the first time after this long.</param>
    /// <param name="work">The work.</param>
    public async Task RunAsync(int pid, TimeSpan every, Func<Task> work)
    {
        using var done = new CancellationTokenSource();
        var watching = WatchAsync(pid, every, done.Token);
        try
        {
            await work();
        }
        finally
        {
            await done.CancelAsync();
            await watching;
        }
    }

    private async Task WatchAsync(int pid, TimeSpan every, CancellationToken done)
    {
        try
        {
            await Task.Delay(every, clock, done);
            await using var connection = await direct.OpenConnectionAsync(done);
            while (true)
            {
                var holders = await LockHolder.OfBlockedAsync(connection, pid, done);
                if (holders.Count > 0) Holders = holders;
                await Task.Delay(every, clock, done);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or NpgsqlException)
        {
            // Without it the error only lacks a name.
        }
    }
}
