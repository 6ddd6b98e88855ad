using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>
/// Enqueues what is due by its schedule. The leader does it, but nothing depends on there being only one: the schedule's row is locked, and moves
/// on in the transaction that enqueues. Ticks missed while nobody was there are made up for by one run.
/// </summary>
internal sealed partial class CronTicker(NpgsqlDataSource database, ScheduleStore store, JobQueue queue, JobCatalogue catalogue, ILogger<CronTicker> logger)
{
    /// <summary>Each schedule in a transaction of its own: one that cannot be enqueued holds up no other. Kinds that this binary does not know wait for one that does.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        string[] kinds = [.. catalogue.All.Select(job => job.Kind)];
        var failed = new List<string>();
        while (await TickOneAsync(kinds, failed, cancellationToken))
        {
        }
    }

    private async Task<bool> TickOneAsync(string[] kinds, List<string> failed, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await store.LockDueAsync(connection, kinds, [.. failed], cancellationToken) is not { } schedule) return false;
        try
        {
            await TickAsync(schedule, transaction, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
        {
            failed.Add(schedule.Name);
            TickFailed(logger, schedule.Name, exception);
        }

        return true;
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

    [LoggerMessage(2417, LogLevel.Error, "Schedule {Schedule} cannot be enqueued; it is tried again")]
    private static partial void TickFailed(ILogger logger, string schedule, Exception exception);

    [LoggerMessage(2409, LogLevel.Warning, "Schedule {Schedule} was due at {Tick}, but its job {Job} still waits or runs; this tick is left out")]
    private static partial void StillThere(ILogger logger, string schedule, DateTimeOffset tick, long job);
}
