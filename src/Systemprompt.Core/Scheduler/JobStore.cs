using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>What people see of the queue and do to it. All times are the database's.</summary>
internal sealed class JobStore(NpgsqlDataSource database, Profile profile)
{
    private const string Columns =
        """
        id as "Id", kind as "Kind", state as "State", priority as "Priority", run_at as "RunAt", attempt as "Attempt", failures as "Failures",
        enqueued_at as "EnqueuedAt", enqueued_by as "EnqueuedBy", started_at as "StartedAt", worker as "Worker", cancelled_by as "CancelledBy",
        progress_done as "ProgressDone", progress_total as "ProgressTotal", progress_note as "ProgressNote", last_error as "LastError", args::text as "Args"
        """;

    private const string HistoryColumns =
        """
        job as "Job", kind as "Kind", attempt as "Attempt", outcome as "Outcome", enqueued_at as "EnqueuedAt", enqueued_by as "EnqueuedBy",
        started_at as "StartedAt", finished_at as "FinishedAt", error as "Error", ended_by as "EndedBy", args::text as "Args"
        """;

    /// <summary>Running jobs first, then those that wait in the order they will run, then the dead.</summary>
    public Task<IReadOnlyList<JobRow>> ListAsync(string? state, string? kind, int limit, CancellationToken cancellationToken) => QueryAsync<JobRow>(
        $"""
        select {Columns}
          from scheduler.jobs
         where tenant = @tenant and (@state::text is null or state = @state) and (@kind::text is null or kind = @kind)
         order by case state when 'running' then 1 when 'waiting' then 2 when 'delayed' then 3 else 4 end, priority, run_at, id
         limit @limit
        """, new { tenant = profile.Tenant, state, kind, limit }, cancellationToken);

    public async Task<JobRow?> FindAsync(long id, CancellationToken cancellationToken) => (await QueryAsync<JobRow>(
        $"select {Columns} from scheduler.jobs where tenant = @tenant and id = @id", new { tenant = profile.Tenant, id }, cancellationToken)).SingleOrDefault();

    /// <summary>Attempts that ended, newest first.</summary>
    public Task<IReadOnlyList<AttemptRow>> HistoryAsync(HistoryFilter filter, CancellationToken cancellationToken) => QueryAsync<AttemptRow>(
        $"""
        select {HistoryColumns}
          from scheduler.history
         where tenant = @tenant and (@Job::bigint is null or job = @Job) and (@Kind::text is null or kind = @Kind)
           and (@Outcome::text is null or outcome = @Outcome) and (@Since::timestamptz is null or finished_at >= @Since)
         order by finished_at desc, attempt desc
         limit @Limit
        """, new { tenant = profile.Tenant, filter.Job, filter.Kind, filter.Outcome, Since = filter.Since?.UtcDateTime, filter.Limit }, cancellationToken);

    /// <summary>Runs a dead job again with all its attempts, or a delayed one now. False when it is neither.</summary>
    /// <exception cref="InvalidOperationException">Another job with its key waits or runs.</exception>
    public async Task<bool> RetryAsync(long id, CancellationToken cancellationToken)
    {
        const string retry = """
            with again as (
                update scheduler.jobs set state = 'waiting', run_at = now(), failures = 0, lost = 0
                 where tenant = @tenant and id = @id and state in ('dead', 'delayed')
                returning id
            )
            select id from again, pg_notify(@channel, '')
            """;
        try
        {
            return (await QueryAsync<long>(retry, new { tenant = profile.Tenant, id, channel = EnqueueStore.Channel }, cancellationToken)).Count > 0;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new InvalidOperationException($"job {id} has a key that another job waits or runs with; cancel one of them");
        }
    }

    /// <summary>Requeues the dead jobs of a kind, or of every kind, but those whose key another job has. Returns how many.</summary>
    public async Task<int> RetryDeadAsync(string? kind, CancellationToken cancellationToken)
    {
        const string retry = """
            with dead as (
                select distinct on (kind, coalesce(unique_key, id::text)) id
                  from scheduler.jobs d
                 where tenant = @tenant and state = 'dead' and (@kind::text is null or kind = @kind)
                   and not exists (select from scheduler.jobs o where o.tenant = d.tenant and o.kind = d.kind and o.unique_key = d.unique_key and o.state <> 'dead')
                 order by kind, coalesce(unique_key, id::text), id
            )
            update scheduler.jobs set state = 'waiting', run_at = now(), failures = 0, lost = 0
             where id in (select id from dead) and state = 'dead'
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var count = await connection.ExecuteAsync(new CommandDefinition(retry, new { tenant = profile.Tenant, kind }, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition("select pg_notify(@channel, '')", new { channel = EnqueueStore.Channel }, cancellationToken: cancellationToken));
        return count;
    }

    /// <summary>Cancels a job: one that runs is told to end, another leaves at once.</summary>
    /// <returns>What state it was in; null when there is no such job.</returns>
    public async Task<string?> CancelAsync(long id, string by, CancellationToken cancellationToken)
    {
        const string cancel = """
            with mine as (
                select id, state from scheduler.jobs where tenant = @tenant and id = @id for update
            ), gone as (
                delete from scheduler.jobs where id in (select id from mine where state <> 'running')
                returning id, tenant, kind, attempt, enqueued_at, enqueued_by, args, last_error
            ), recorded as (
                insert into scheduler.history (job, tenant, kind, attempt, outcome, enqueued_at, enqueued_by, ended_by, args, error)
                select id, tenant, kind, attempt, 'cancelled', enqueued_at, enqueued_by, @by, args, last_error from gone
            ), told as (
                update scheduler.jobs set cancelled_by = @by where id in (select id from mine where state = 'running')
                returning id
            ), heard as (
                select pg_notify(@channel, id::text || ' ' || @by) from told
            )
            select state from mine left join heard on true
            """;
        return (await QueryAsync<string>(cancel, new { tenant = profile.Tenant, id, by = Words.Clean(by, 200), channel = WorkerStore.CancelChannel }, cancellationToken)).SingleOrDefault();
    }

    public Task PauseAsync(string kind, string by, CancellationToken cancellationToken) => ExecuteAsync(
        "insert into scheduler.paused (tenant, kind, paused_by) values (@tenant, @kind, @by) on conflict do nothing", new { tenant = profile.Tenant, kind, by }, cancellationToken);

    /// <summary>False when it was not paused.</summary>
    public async Task<bool> ResumeAsync(string kind, CancellationToken cancellationToken) => (await QueryAsync<string>(
        """
        with resumed as (delete from scheduler.paused where tenant = @tenant and kind = @kind returning kind)
        select kind from resumed, pg_notify(@channel, '')
        """, new { tenant = profile.Tenant, kind, channel = EnqueueStore.Channel }, cancellationToken)).Count > 0;

    /// <summary>False when there is no such schedule.</summary>
    public async Task<bool> PauseScheduleAsync(string name, string by, CancellationToken cancellationToken) => await ExecuteAsync(
        "update scheduler.schedules set paused_at = coalesce(paused_at, now()), paused_by = coalesce(paused_by, @by) where tenant = @tenant and name = @name",
        new { tenant = profile.Tenant, name, by }, cancellationToken) > 0;

    /// <summary>Goes on with the next tick from now; what was missed is not made up for. False when there is no such schedule.</summary>
    public async Task<bool> ResumeScheduleAsync(string name, CancellationToken cancellationToken) => await ExecuteAsync(
        "update scheduler.schedules set paused_at = null, paused_by = null, next_at = case when paused_at is null then next_at end where tenant = @tenant and name = @name",
        new { tenant = profile.Tenant, name }, cancellationToken) > 0;

    public Task<IReadOnlyList<ScheduleRow>> SchedulesAsync(CancellationToken cancellationToken) => QueryAsync<ScheduleRow>(
        """
        select name as "Name", kind as "Kind", cron as "Cron", time_zone as "TimeZone", source as "Source", nullif(next_at, 'infinity') as "NextAt",
               last_at as "LastAt", last_job as "LastJob", paused_at as "PausedAt", paused_by as "PausedBy"
          from scheduler.schedules
         where tenant = @tenant
         order by name
        """, new { tenant = profile.Tenant }, cancellationToken);

    /// <summary>How many jobs of each kind are in which state; kinds that are only paused too.</summary>
    public Task<IReadOnlyList<KindRow>> KindsAsync(CancellationToken cancellationToken) => QueryAsync<KindRow>(
        """
        select coalesce(j.kind, p.kind) as "Kind", coalesce(j.waiting, 0) as "Waiting", coalesce(j.delayed, 0) as "Delayed", coalesce(j.running, 0) as "Running",
               coalesce(j.dead, 0) as "Dead", p.paused_at as "PausedAt", p.paused_by as "PausedBy"
          from (
            select kind, count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'delayed') as delayed,
                   count(*) filter (where state = 'running') as running, count(*) filter (where state = 'dead') as dead
              from scheduler.jobs where tenant = @tenant group by kind
          ) j
          full join (select kind, paused_at, paused_by from scheduler.paused where tenant = @tenant) p on p.kind = j.kind
         order by 1
        """, new { tenant = profile.Tenant }, cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => QueryAsync<WorkerRow>(
        """
        select w.id as "Id", w.instance as "Instance", w.version as "Version", w.slots as "Slots", w.kinds as "Kinds", w.started_at as "StartedAt",
               w.lease_until > now() as "IsAlive", w.is_draining as "IsDraining", l.worker is not null as "Leads"
          from scheduler.workers w
          left join scheduler.leaders l on l.tenant = w.tenant and l.worker = w.id and l.lease_until > now()
         where w.tenant = @tenant
         order by w.started_at
        """, new { tenant = profile.Tenant }, cancellationToken);

    /// <summary>The state of the queue in one row.</summary>
    public async Task<QueueRow> StateAsync(CancellationToken cancellationToken) => (await QueryAsync<QueueRow>(
        """
        select (select count(*) from scheduler.jobs where tenant = @tenant and state = 'dead') as "Dead",
               (select count(*) from scheduler.jobs where tenant = @tenant and state = 'waiting') as "Waiting",
               (select extract(epoch from now() - min(run_at))::float8 from scheduler.jobs j
                 where tenant = @tenant and state = 'waiting' and not exists (select from scheduler.paused p where p.tenant = @tenant and p.kind = j.kind)) as "OldestSeconds",
               (select count(*) from scheduler.workers where tenant = @tenant and lease_until > now() and not is_draining) as "Workers",
               exists (select from scheduler.leaders where tenant = @tenant and lease_until > now()) as "HasLeader"
        """, new { tenant = profile.Tenant }, cancellationToken)).Single();

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))];
    }

    private async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}
