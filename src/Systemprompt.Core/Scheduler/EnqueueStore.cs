using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Scheduler;

/// <summary>Puts jobs into the table. All times are the database's.</summary>
internal static class EnqueueStore
{
    /// <summary>Says that there may be work; what it is stands in the table.</summary>
    public const string Channel = "scheduler_jobs";

    /// <summary>Inserts a job; null when one with the same key waits or runs.</summary>
    public static async Task<long?> InsertAsync(NpgsqlConnection connection, NewJob job, bool announce, CancellationToken cancellationToken)
    {
        const string insert = """
            insert into scheduler.jobs (tenant, kind, args, state, priority, run_at, unique_key, enqueued_by)
            select $1, $2, $3, case when due.at > now() then 'delayed' else 'waiting' end, $4, due.at, $7, $8
              from (select greatest(now() + $5, $6)) due (at)
            on conflict (tenant, kind, unique_key) where unique_key is not null and state <> 'dead' do nothing
            returning id
            """;
        await using var batch = new NpgsqlBatch(connection);
        var command = new NpgsqlBatchCommand(insert);
        AddCommon(command, job);
        command.Parameters.Add(new() { Value = (object?)job.UniqueKey ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)job.By ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        batch.BatchCommands.Add(command);
        if (announce) batch.BatchCommands.Add(Announcement());
        return await batch.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Inserts many of a kind; their ids in the order of the arguments.</summary>
    public static async Task<IReadOnlyList<long>> InsertManyAsync(NpgsqlConnection connection, NewJob job, string[] args, bool announce, CancellationToken cancellationToken)
    {
        const string insert = """
            insert into scheduler.jobs (tenant, kind, args, state, priority, run_at, enqueued_by)
            select $1, $2, given.args::jsonb, case when due.at > now() then 'delayed' else 'waiting' end, $4, due.at, $7
              from unnest($3) with ordinality given (args, n),
                   (select greatest(now() + $5, $6)) due (at)
             order by given.n
            returning id
            """;
        await using var batch = new NpgsqlBatch(connection);
        var command = new NpgsqlBatchCommand(insert);
        AddCommon(command, job);
        command.Parameters[2] = new NpgsqlParameter { Value = args, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        command.Parameters.Add(new() { Value = (object?)job.By ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        batch.BatchCommands.Add(command);
        if (announce) batch.BatchCommands.Add(Announcement());
        var ids = new List<long>(args.Length);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) ids.Add(reader.GetInt64(0));
        await reader.NextResultAsync(cancellationToken);
        ids.Sort();
        return ids;
    }

    /// <summary>The job that stands in the way; null when it has ended meanwhile.</summary>
    public static async Task<long?> FindUniqueAsync(NpgsqlConnection connection, string tenant, string kind, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select id from scheduler.jobs where tenant = $1 and kind = $2 and unique_key = $3 and state <> 'dead'", connection);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Claims a key for a time: the job that has it already, or null when it is the caller's now.</summary>
    public static async Task<long?> ClaimPeriodAsync(NpgsqlConnection connection, NewJob job, TimeSpan period, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with claimed as (
                insert into scheduler.unique_periods (tenant, kind, key, job, until)
                values ($1, $2, $3, 0, now() + $4)
                on conflict (tenant, kind, key) do update set job = 0, until = excluded.until
                    where unique_periods.until <= now()
                returning true
            )
            select job from scheduler.unique_periods
             where tenant = $1 and kind = $2 and key = $3 and not exists (select from claimed)
            """, connection);
        command.Parameters.Add(new() { Value = job.Tenant });
        command.Parameters.Add(new() { Value = job.Kind });
        command.Parameters.Add(new() { Value = job.UniqueKey! });
        command.Parameters.Add(new() { Value = period });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Says which job a claimed key belongs to.</summary>
    public static async Task NamePeriodAsync(NpgsqlConnection connection, NewJob job, long id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update scheduler.unique_periods set job = $4 where tenant = $1 and kind = $2 and key = $3", connection);
        command.Parameters.Add(new() { Value = job.Tenant });
        command.Parameters.Add(new() { Value = job.Kind });
        command.Parameters.Add(new() { Value = job.UniqueKey! });
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddCommon(NpgsqlBatchCommand command, NewJob job)
    {
        command.Parameters.Add(new() { Value = job.Tenant });
        command.Parameters.Add(new() { Value = job.Kind });
        command.Parameters.Add(new() { Value = job.Args, NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = (short)job.Priority });
        command.Parameters.Add(new() { Value = job.Delay });
        command.Parameters.Add(new() { Value = (object?)job.RunAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
    }

    private static NpgsqlBatchCommand Announcement() => new("select pg_notify($1, '')") { Parameters = { new() { Value = Channel } } };
}

/// <summary>A job about to be inserted.</summary>
internal sealed record NewJob
{
    public required string Tenant { get; init; }

    public required string Kind { get; init; }

    /// <summary>JSON.</summary>
    public required string Args { get; init; }

    public required int Priority { get; init; }

    public TimeSpan Delay { get; init; }

    public DateTimeOffset? RunAt { get; init; }

    public string? UniqueKey { get; init; }

    public string? By { get; init; }
}
