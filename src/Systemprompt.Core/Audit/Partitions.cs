using Npgsql;

namespace Systemprompt.Audit;

/// <summary>
/// Keeps daily partitions of every audit table ahead. The day is the database's, in UTC. A row for a day without one goes to the default
/// partition and moves when its day's partition is made, so that a crossing of midnight refuses nothing.
/// </summary>
internal sealed class Partitions(NpgsqlDataSource database, IEnumerable<AuditTable> tables, TimeProvider clock)
{
    /// <summary>Today and this many more days.</summary>
    public const int DaysAhead = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(15);

    /// <summary>One turn of the loop <c>audit.partitions</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        await EnsureAsync(DaysAhead, cancellationToken);
        await Task.Delay(Pause, clock, cancellationToken);
    }

    /// <summary>Makes what is missing. One table's trouble (a lock held too long) does not keep the others from theirs.</summary>
    /// <exception cref="AggregateException">Some tables had trouble.</exception>
    public async Task EnsureAsync(int daysAhead, CancellationToken cancellationToken)
    {
        var troubles = new List<Exception>();
        foreach (var table in tables)
        {
            try
            {
                await AuditStore.EnsurePartitionsAsync(database, table, daysAhead, cancellationToken);
            }
            catch (PostgresException exception)
            {
                troubles.Add(exception);
            }
        }

        if (troubles.Count > 0) throw new AggregateException("Partitions of audit tables could not be made ahead.", troubles);
    }
}
