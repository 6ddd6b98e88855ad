using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>
/// Enqueues what is due by its schedule. The leader does it, but nothing depends on there being only one: the schedule's row is locked, and moves
/// on in the transaction that enqueues. Ticks missed while nobody was there are made up for by one run.
/// </summary>
internal sealed partial class CronTicker(NpgsqlDataSource database, ScheduleStore store, JobQueue queue, JobCatalogue catalogue, TimeProvider clock, ILogger<CronTicker> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, long> _failed = new(StringComparer.Ordinal);

    /// <summary>Each schedule in a transaction of its own: one that cannot be enqueued holds up no other. Kinds that this binary does not know wait for one that does.</summary>
    /// <returns>How long until the next is due; null when there is none.</returns>
    public async Task<TimeSpan?> TickAsync(CancellationToken cancellationToken)
    {
        string[] kinds = [.. catalogue.All.Select(job => job.Kind)];
        foreach (var (name, at) in _failed)
            if (clock.GetElapsedTime(at) >= RetryAfter) _failed.Remove(name);
        while (await TickOneAsync(kinds, cancellationToken))
        {
        }

        return await store.NextAsync(kinds, [.. _failed.Keys], cancellationToken);
    }

    private async Task<bool> TickOneAsync(string[] kinds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await store.LockDueAsync(connection, kinds, [.. _failed.Keys], cancellationToken) is not { } schedule) return false;
        try
        {
            await TickAsync(schedule, transaction, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        // Only the database's own faults can be an outage: a time zone that is not there has an IOException inside too.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !(exception is NpgsqlException && DatabaseErrors.IsTransient(exception)))
        {
            _failed[schedule.Name] = clock.GetTimestamp();
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

    [LoggerMessage(2417, LogLevel.Error, "Schedule {Schedule} cannot be enqueued; it is tried again in a minute")]
    private static partial void TickFailed(ILogger logger, string schedule, Exception exception);

    [LoggerMessage(2409, LogLevel.Warning, "Schedule {Schedule} was due at {Tick}, but its job {Job} still waits or runs; this tick is left out")]
    private static partial void StillThere(ILogger logger, string schedule, DateTimeOffset tick, long job);
}
