using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>Schedules and tidying, in PostgreSQL. All times are the database's.</summary>
internal sealed class ScheduleStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Makes the table what this process knows: new ones appear, changed ones change, others go. A pause stays.</summary>
    public async Task ReplaceAsync(IReadOnlyList<Schedule> schedules, CancellationToken cancellationToken)
    {
        const string others = "delete from scheduler.schedules where tenant = $1 and name <> all($2)";
        const string put = """
            insert into scheduler.schedules (tenant, name, kind, cron, time_zone, args, source)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant, name) do update
               set kind = excluded.kind, args = excluded.args, source = excluded.source,
                   next_at = case when (schedules.cron, schedules.time_zone) = (excluded.cron, excluded.time_zone) then schedules.next_at end,
                   cron = excluded.cron, time_zone = excluded.time_zone
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(others) { Parameters = { new() { Value = profile.Tenant }, new() { Value = schedules.Select(schedule => schedule.Name).ToArray() } } });
        // In one order everywhere, so that replicas that start together do not wait for each other in a circle.
        foreach (var schedule in schedules.OrderBy(schedule => schedule.Name, StringComparer.Ordinal))
            batch.BatchCommands.Add(new(put)
            {
                Parameters =
                {
                    new() { Value = profile.Tenant }, new() { Value = schedule.Name }, new() { Value = schedule.Kind }, new() { Value = schedule.Cron },
                    new() { Value = schedule.TimeZone }, new() { Value = schedule.Args, NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = schedule.Source },
                },
            });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks a schedule that is due, or has no next time yet; null when there is none. The transaction holds it.</summary>
    public async Task<DueSchedule?> LockDueAsync(NpgsqlConnection connection, string[] kinds, string[] without, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select name, kind, cron, time_zone, args::text, next_at, now()
              from scheduler.schedules
             where tenant = $1 and paused_at is null and (next_at is null or next_at <= now()) and kind = any($2) and name <> all($3)
             order by name
             limit 1
               for update skip locked
            """, connection);
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = kinds });
        command.Parameters.Add(new() { Value = without });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new DueSchedule(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                await reader.IsDBNullAsync(5, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6))
            : null;
    }

    /// <summary>Moves a schedule on. Without a job it was only given its next time.</summary>
    public async Task MoveAsync(NpgsqlConnection connection, string name, DateTimeOffset? next, DateTimeOffset? tick, long? job, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            update scheduler.schedules
               set next_at = coalesce($3, 'infinity'), last_at = coalesce($4, last_at), last_job = coalesce($5, last_job)
             where tenant = $1 and name = $2
            """, connection);
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = (object?)next?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = (object?)tick?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = (object?)job ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>How long until the next of the schedules that <see cref="LockDueAsync"/> would find is due; null when there is none.</summary>
    public async Task<TimeSpan?> NextAsync(string[] kinds, string[] without, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select min(next_at) - clock_timestamp()
              from scheduler.schedules
             where tenant = $1 and paused_at is null and next_at < 'infinity' and kind = any($2) and name <> all($3)
            """);
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = kinds });
        command.Parameters.Add(new() { Value = without });
        return await command.ExecuteScalarAsync(cancellationToken) as TimeSpan?;
    }

    /// <summary>Removes what nobody needs any more: keys whose time is over, and dead jobs that waited long enough.</summary>
    public async Task TidyAsync(TimeSpan keepDead, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("delete from scheduler.unique_periods where tenant = $1 and until <= now()") { Parameters = { new() { Value = profile.Tenant } } });
        batch.BatchCommands.Add(new(
            """
            delete from scheduler.jobs
             where id in (select id from scheduler.jobs where tenant = $1 and state = 'dead' and run_at < now() - $2 limit 1000 for update skip locked)
            """) { Parameters = { new() { Value = profile.Tenant }, new() { Value = keepDead } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A schedule that is due.</summary>
internal sealed record DueSchedule(string Name, string Kind, string Cron, string TimeZone, string Args, DateTimeOffset? NextAt, DateTimeOffset Now);
