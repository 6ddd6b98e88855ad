using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>
/// Enqueues what is due by its schedule. The leader does it, but nothing depends on there being only one: the schedule's row is locked, and moves
/// on in the transaction that enqueues. Ticks missed while nobody was there are made up for by one run.
/// </summary>
internal sealed partial class CronTicker(NpgsqlDataSource database, ScheduleStore store, JobQueue queue, JobCatalogue catalogue, ILogger<CronTicker> logger)
{
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var due = await store.LockDueAsync(connection, cancellationToken);
        foreach (var schedule in due) await TickAsync(schedule, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task TickAsync(DueSchedule schedule, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        long? job = null;
        if (schedule.NextAt is { } tick && catalogue.Find(schedule.Kind) is { } kind)
        {
            var enqueued = await queue.EnqueueAsync(kind, schedule.Args, new EnqueueOptions { By = $"schedule {schedule.Name}", UniqueKey = $"schedule:{schedule.Name}" }, transaction, cancellationToken);
            job = enqueued.Id;
            if (!enqueued.IsNew) StillThere(logger, schedule.Name, tick, enqueued.Id);
        }

        var next = Cron.Next(schedule.Cron, schedule.TimeZone, schedule.Now);
        await store.MoveAsync(transaction.Connection!, schedule.Name, next, schedule.NextAt, job, cancellationToken);
    }

    [LoggerMessage(2409, LogLevel.Warning, "Schedule {Schedule} was due at {Tick}, but its job {Job} still waits or runs; this tick is left out")]
    private static partial void StillThere(ILogger logger, string schedule, DateTimeOffset tick, long job);
}
