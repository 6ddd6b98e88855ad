using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>What a process that runs jobs does to the table: take, record, report. All times are the database's.</summary>
internal sealed class WorkStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Takes jobs that are due, of kinds that are not paused, first by priority.</summary>
    public Task<IReadOnlyList<TakenJob>> TakeAsync(Guid worker, string[] kinds, int most, CancellationToken cancellationToken)
    {
        const string take = """
            with due as (
                select free.id
                  from (select k.kind from unnest($3) as k (kind) where not exists (select from scheduler.paused p where p.tenant = $1 and p.kind = k.kind)) open
                 cross join lateral (
                    select j.id, j.priority, j.run_at
                      from scheduler.jobs j
                     where j.tenant = $1
                       and j.state = 'waiting'
                       and j.kind = open.kind
                     order by j.priority, j.run_at, j.id
                     limit $4
                       for update of j skip locked
                 ) free
                 order by free.priority, free.run_at, free.id
                 limit $4
            )
            update scheduler.jobs
               set state = 'running', worker = $2, attempt = attempt + 1, started_at = clock_timestamp(), cancelled_by = null,
                   progress_done = null, progress_total = null, progress_note = null
             where id = any(array(select id from due))
            returning id, kind, args::text, attempt, failures, priority, enqueued_by
            """;
        return ReadAsync([new(take) { Parameters = { new() { Value = profile.Tenant }, new() { Value = worker }, new() { Value = kinds }, new() { Value = most } } }], cancellationToken);
    }

    /// <summary>The same for kinds of which only so many may run over all processes: one process at a time counts and takes.</summary>
    public Task<IReadOnlyList<TakenJob>> TakeLimitedAsync(Guid worker, string[] kinds, int[] limits, int most, CancellationToken cancellationToken)
    {
        const string take = """
            with due as (
                select free.id
                  from unnest($3, $5) as l (kind, most)
                 cross join lateral (
                    select j.id, j.priority, j.run_at
                      from scheduler.jobs j
                     where j.tenant = $1
                       and j.state = 'waiting'
                       and j.kind = l.kind
                       and not exists (select from scheduler.paused p where p.tenant = $1 and p.kind = l.kind)
                     order by j.priority, j.run_at, j.id
                     limit greatest(0, l.most - (select count(*) from scheduler.jobs r where r.tenant = $1 and r.state = 'running' and r.kind = l.kind))
                       for update of j skip locked
                 ) free
                 order by free.priority, free.run_at, free.id
                 limit $4
            )
            update scheduler.jobs
               set state = 'running', worker = $2, attempt = attempt + 1, started_at = clock_timestamp(), cancelled_by = null,
                   progress_done = null, progress_total = null, progress_note = null
             where id = any(array(select id from due))
            returning id, kind, args::text, attempt, failures, priority, enqueued_by
            """;
        return ReadAsync(
        [
            new("select pg_advisory_xact_lock(hashtextextended('scheduler.limits:' || $1, 0))") { Parameters = { new() { Value = profile.Tenant } } },
            new(take) { Parameters = { new() { Value = profile.Tenant }, new() { Value = worker }, new() { Value = kinds }, new() { Value = most }, new() { Value = limits } } },
        ], cancellationToken);
    }

    /// <summary>Makes delayed jobs that are due wait for a worker. Returns when the next is due, from now; null when none is delayed.</summary>
    public async Task<TimeSpan?> PromoteAsync(CancellationToken cancellationToken)
    {
        const string promote = """
            with due as (
                select id
                  from scheduler.jobs
                 where tenant = $1 and state = 'delayed' and run_at <= now()
                 order by run_at
                 limit 1000
                   for update skip locked
            )
            update scheduler.jobs set state = 'waiting' where id = any(array(select id from due))
            """;
        const string next = """
            select min(run_at) - clock_timestamp() from scheduler.jobs where tenant = $1 and state = 'delayed'
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(promote) { Parameters = { new() { Value = profile.Tenant } } });
        batch.BatchCommands.Add(new(next) { Parameters = { new() { Value = profile.Tenant } } });
        return await batch.ExecuteScalarAsync(cancellationToken) as TimeSpan?;
    }

    /// <summary>Gives back jobs that were taken and not begun, as if they had not been taken.</summary>
    /// <returns>Those that were given back: not one that somebody cancelled meanwhile.</returns>
    public async Task<IReadOnlySet<long>> GiveBackAsync(Guid worker, long[] ids, int[] attempts, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update scheduler.jobs j
               set state = 'waiting', attempt = j.attempt - 1, worker = null
              from unnest($2, $3) as e (id, attempt)
             where j.id = e.id and j.attempt = e.attempt and j.worker = $1 and j.state = 'running' and j.cancelled_by is null
            returning j.id
            """);
        command.Parameters.Add(new() { Value = worker });
        command.Parameters.Add(new() { Value = ids });
        command.Parameters.Add(new() { Value = attempts });
        var given = new HashSet<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) given.Add(reader.GetInt64(0));
        return given;
    }

    /// <summary>Records attempts that ended their jobs. Returns the jobs recorded: those that were still this worker's.</summary>
    public Task<IReadOnlyList<long>> FinishAsync(Guid worker, IReadOnlyList<EndedAttempt> ended, CancellationToken cancellationToken)
    {
        const string finish = """
            with ended as (
                select * from unnest($2, $3, $4, $5, $6) as e (id, attempt, outcome, error, ended_by)
            ), gone as (
                delete from scheduler.jobs j
                 using ended e
                 where j.id = e.id and j.attempt = e.attempt and j.worker = $1 and j.state = 'running'
                returning j.id, j.tenant, j.kind, j.attempt, e.outcome, j.enqueued_at, j.enqueued_by, j.started_at, j.worker, e.error, e.ended_by, j.args
            )
            insert into scheduler.history (job, tenant, kind, attempt, outcome, enqueued_at, enqueued_by, started_at, worker, error, ended_by, args)
            select * from gone
            returning job
            """;
        return RecordAsync(finish, worker, ended, [], cancellationToken);
    }

    /// <summary>Records attempts whose jobs stay: to run again after their delay, or dead. Not one that somebody cancelled meanwhile: that is over.</summary>
    public Task<IReadOnlyList<long>> PutBackAsync(Guid worker, IReadOnlyList<EndedAttempt> ended, CancellationToken cancellationToken)
    {
        const string putBack = """
            with ended as (
                select * from unnest($2, $3, $4, $5, $6, $7) as e (id, attempt, outcome, error, ended_by, delay)
            ), back as (
                update scheduler.jobs j
                   set state = case when e.outcome = 'dead' then 'dead' when e.delay > interval '0' then 'delayed' else 'waiting' end,
                       run_at = now() + e.delay,
                       failures = j.failures + case when e.outcome in ('failed', 'dead') then 1 else 0 end,
                       last_error = coalesce(e.error, j.last_error),
                       worker = null
                  from ended e
                 where j.id = e.id and j.attempt = e.attempt and j.worker = $1 and j.state = 'running' and j.cancelled_by is null
                returning j.id, j.tenant, j.kind, j.attempt, e.outcome, j.enqueued_at, j.enqueued_by, j.started_at, $1, e.error, e.ended_by
            )
            insert into scheduler.history (job, tenant, kind, attempt, outcome, enqueued_at, enqueued_by, started_at, worker, error, ended_by)
            select * from back
            returning job
            """;
        return RecordAsync(putBack, worker, ended, [new() { Value = ended.Select(end => end.Delay).ToArray() }], cancellationToken);
    }

    /// <summary>Writes how far attempts are.</summary>
    public async Task ReportAsync(Guid worker, IReadOnlyList<JobProgress> progress, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update scheduler.jobs j
               set progress_done = p.done, progress_total = p.total, progress_note = p.note
              from unnest($2, $3, $4, $5, $6) as p (id, attempt, done, total, note)
             where j.id = p.id and j.attempt = p.attempt and j.worker = $1 and j.state = 'running'
            """);
        command.Parameters.Add(new() { Value = worker });
        command.Parameters.Add(new() { Value = progress.Select(report => report.Id).ToArray() });
        command.Parameters.Add(new() { Value = progress.Select(report => report.Attempt).ToArray() });
        command.Parameters.Add(new() { Value = progress.Select(report => report.Done).ToArray() });
        command.Parameters.Add(new() { Value = progress.Select(report => report.Total).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = progress.Select(report => report.Note).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<TakenJob>> ReadAsync(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        for (var skip = batch.BatchCommands.Count; skip > 1; skip--) await reader.NextResultAsync(cancellationToken);
        var jobs = new List<TakenJob>();
        while (await reader.ReadAsync(cancellationToken))
            jobs.Add(new TakenJob(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetInt16(5),
                await reader.IsDBNullAsync(6, cancellationToken) ? null : reader.GetString(6)));
        jobs.Sort(static (one, two) => one.Priority != two.Priority ? one.Priority.CompareTo(two.Priority) : one.Id.CompareTo(two.Id));
        return jobs;
    }

    private async Task<IReadOnlyList<long>> RecordAsync(string sql, Guid worker, IReadOnlyList<EndedAttempt> ended, NpgsqlParameter[] more, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = worker });
        command.Parameters.Add(new() { Value = ended.Select(end => end.Id).ToArray() });
        command.Parameters.Add(new() { Value = ended.Select(end => end.Attempt).ToArray() });
        command.Parameters.Add(new() { Value = ended.Select(end => Words.Of(end.Outcome)).ToArray() });
        command.Parameters.Add(new() { Value = ended.Select(end => end.Error).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = ended.Select(end => end.EndedBy).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        foreach (var parameter in more) command.Parameters.Add(parameter);
        var recorded = new List<long>(ended.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) recorded.Add(reader.GetInt64(0));
        return recorded;
    }
}
