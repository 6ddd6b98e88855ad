using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>Processes that run jobs, and which of them leads. All times are the database's.</summary>
internal sealed class WorkerStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where it is said that a running job was cancelled; the payload is its id.</summary>
    public const string CancelChannel = "scheduler_cancel";

    public async Task RegisterAsync(Guid worker, string instance, string version, int slots, string[] kinds, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into scheduler.workers (id, tenant, instance, version, slots, kinds, lease_until)
            values ($1, $2, $3, $4, $5, $6, now() + $7)
            """);
        command.Parameters.Add(new() { Value = worker });
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = instance });
        command.Parameters.Add(new() { Value = version });
        command.Parameters.Add(new() { Value = slots });
        command.Parameters.Add(new() { Value = kinds });
        command.Parameters.Add(new() { Value = lease });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Renews a lease, also one that has run out, as long as nobody has removed the worker; takes, keeps or gives up the lead; reads what runs here.</summary>
    public async Task<Heartbeat> BeatAsync(Guid worker, TimeSpan lease, bool isDraining, CancellationToken cancellationToken)
    {
        const string renew = "update scheduler.workers set lease_until = now() + $2, is_draining = $3 where id = $1 returning true";
        const string lead = """
            insert into scheduler.leaders (tenant, worker, term, lease_until)
            values ($1, $2, 1, now() + $3)
            on conflict (tenant) do update
               set worker = excluded.worker,
                   term = leaders.term + case when leaders.worker = excluded.worker then 0 else 1 end,
                   lease_until = excluded.lease_until
             where leaders.worker = excluded.worker or leaders.lease_until < now()
            returning term
            """;
        const string step = "delete from scheduler.leaders where tenant = $1 and worker = $2 and $3 is not null returning null::bigint";
        const string running = "select id, attempt, cancelled_by from scheduler.jobs where tenant = $1 and worker = $2 and state = 'running'";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(renew) { Parameters = { new() { Value = worker }, new() { Value = lease }, new() { Value = isDraining } } });
        batch.BatchCommands.Add(new(isDraining ? step : lead) { Parameters = { new() { Value = profile.Tenant }, new() { Value = worker }, new() { Value = lease } } });
        batch.BatchCommands.Add(new(running) { Parameters = { new() { Value = profile.Tenant }, new() { Value = worker } } });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var isAlive = await reader.ReadAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        long? term = await reader.ReadAsync(cancellationToken) && !isDraining ? reader.GetInt64(0) : null;
        await reader.NextResultAsync(cancellationToken);
        var jobs = new List<(long, int, string?)>();
        while (await reader.ReadAsync(cancellationToken)) jobs.Add((reader.GetInt64(0), reader.GetInt32(1), await reader.IsDBNullAsync(2, cancellationToken) ? null : reader.GetString(2)));
        return new Heartbeat(isAlive, term, jobs);
    }

    /// <summary>This process runs no more jobs: gives the lead up, and what it still has back.</summary>
    public async Task LeaveAsync(Guid worker, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("delete from scheduler.leaders where tenant = $1 and worker = $2") { Parameters = { new() { Value = profile.Tenant }, new() { Value = worker } } });
        batch.BatchCommands.Add(new(GiveBack("j.worker = $2", "'interrupted'", countsAsLost: false))
        {
            Parameters = { new() { Value = profile.Tenant }, new() { Value = worker }, new() { Value = int.MaxValue } },
        });
        batch.BatchCommands.Add(new("delete from scheduler.workers where id = $1") { Parameters = { new() { Value = worker } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Removes dead workers and gives their jobs to others. None shortly after the server started: after an outage every lease has run out, and
    /// the living need a moment to renew theirs.
    /// </summary>
    public async Task<IReadOnlyList<RescuedJob>> RescueAsync(TimeSpan grace, int maxLost, CancellationToken cancellationToken)
    {
        const string bury = """
            delete from scheduler.workers
             where id in (
                select id from scheduler.workers
                 where tenant = $1 and lease_until < now() and pg_postmaster_start_time() < now() - $2
                   for update skip locked
             )
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(bury) { Parameters = { new() { Value = profile.Tenant }, new() { Value = grace } } });
        batch.BatchCommands.Add(new(GiveBack("not exists (select from scheduler.workers w where w.id = j.worker) and $2::uuid is null", "'lost'", countsAsLost: true))
        {
            Parameters = { new() { Value = profile.Tenant }, new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = maxLost } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rescued = new List<RescuedJob>();
        do
        {
            while (await reader.ReadAsync(cancellationToken)) rescued.Add(new RescuedJob(reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2)));
        }
        while (await reader.NextResultAsync(cancellationToken));
        return rescued;
    }

    /// <summary>Ends attempts that nobody runs: a job that was cancelled leaves, one that was lost too often is dead, the others wait again.</summary>
    private static string GiveBack(string which, string outcome, bool countsAsLost) =>
        $"""
        with mine as (
            select j.id from scheduler.jobs j where j.tenant = $1 and j.state = 'running' and {which} for update of j skip locked
        ), gone as (
            delete from scheduler.jobs where id in (select id from mine) and cancelled_by is not null
            returning id, tenant, kind, attempt, 'cancelled' as outcome, enqueued_at, enqueued_by, started_at, null::text as error, cancelled_by as ended_by, args
        ), back as (
            update scheduler.jobs j
               set state = case when {(countsAsLost ? "j.lost + 1 >= $3" : "false")} then 'dead' else 'waiting' end,
                   lost = j.lost + {(countsAsLost ? "1" : "0")},
                   last_error = {(countsAsLost ? "'the process that ran it died'" : "j.last_error")},
                   run_at = now(), worker = null
             where j.id in (select id from mine) and j.cancelled_by is null
            returning id, tenant, kind, attempt, case when state = 'dead' then 'dead' else {outcome} end as outcome, enqueued_at, enqueued_by, started_at,
                      {(countsAsLost ? "'the process that ran it died'" : "null::text")} as error, null::text as ended_by, null::jsonb as args
        )
        insert into scheduler.history (job, tenant, kind, attempt, outcome, enqueued_at, enqueued_by, started_at, error, ended_by, args)
        select * from gone union all select * from back
        returning job, kind, attempt
        """;
}

/// <summary>What a heartbeat brought.</summary>
/// <param name="IsAlive">False when this worker was taken for dead and removed.</param>
/// <param name="Term">The term this worker leads in; null when another leads.</param>
/// <param name="Running">Attempts that run here by the table's account, and who cancelled one.</param>
internal sealed record Heartbeat(bool IsAlive, long? Term, IReadOnlyList<(long Id, int Attempt, string? CancelledBy)> Running);

/// <summary>A job whose process died.</summary>
internal sealed record RescuedJob(long Id, string Kind, int Attempt);
