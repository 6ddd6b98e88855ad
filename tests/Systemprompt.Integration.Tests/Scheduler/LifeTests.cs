using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Hosting;
using Systemprompt.Profiles;
using Systemprompt.Scheduler;

namespace Systemprompt.Integration.Tests.Scheduler;

/// <summary>Processes that stop, die, or only seem to; and the one that leads.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task A_process_that_stops_finishes_what_it_can_and_hands_the_rest_on()
    {
        await using var queue = await Queue.StartAsync();
        var job = await queue.EnqueueAsync(JobRoom.Hold, "held");
        await queue.UntilRanAsync("held");
        var second = await queue.AddHostAsync();
        // No time at all for what runs: it is interrupted.
        var stopping = queue.Hosts[0].StopAsync();
        await queue.UntilRanAsync("held", attempt: 2);
        queue.Log.Release.SetResult();
        await stopping;

        var attempts = await queue.EndedAsync(job, "done");

        attempts.Select(attempt => attempt.Outcome).ShouldBe(["interrupted", "done"]);
        await queue.Database.UntilAsync("select exists (select from scheduler.leaders l join scheduler.workers w on w.id = l.worker)");
        (await second.Services.GetRequiredService<JobStore>().WorkersAsync(CancellationToken.None)).ShouldHaveSingleItem().Leads.ShouldBeTrue();
    }

    [Fact]
    public async Task A_job_that_ends_in_time_is_done_by_the_process_that_stops()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["SHUTDOWN"] = "20s");
        var job = await queue.EnqueueAsync(JobRoom.Hold, "held");
        await queue.UntilRanAsync("held");
        var late = queue.Hosts[0].Services.GetRequiredService<Readiness>();
        var stopping = queue.Hosts[0].StopAsync();
        await Queue.UntilAsync(() => late.State == ReadyState.Stopping);
        var waiting = await queue.Database.ScalarAsync<long>("insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('tests', 'jobroom.note', '{\"name\":\"new\"}', 'waiting', 1, now()) returning id");

        queue.Log.Release.SetResult();
        await stopping;

        (await queue.Database.ScalarAsync<string>($"select outcome from scheduler.history where job = {job}")).ShouldBe("done");
        (await queue.Database.ScalarAsync<string>($"select state from scheduler.jobs where id = {waiting}")).ShouldBe("waiting");
        (await queue.Database.ScalarAsync<long>("select count(*) from scheduler.workers")).ShouldBe(0);
    }

    [Fact]
    public async Task Jobs_of_a_dead_process_run_again_and_one_that_kills_too_often_is_dead()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync(
            """
            insert into scheduler.workers (id, tenant, instance, version, slots, kinds, lease_until) values ('11111111-1111-1111-1111-111111111111', 'tests', 'gone:1', '1', 1, '{}', now() - interval '1 s');
            insert into scheduler.jobs (id, tenant, kind, args, state, priority, run_at, attempt, lost, worker, started_at, cancelled_by) overriding system value values
                (1001, 'tests', 'jobroom.note', '{"name":"again"}', 'running', 5, now(), 1, 0, '11111111-1111-1111-1111-111111111111', now(), null),
                (1002, 'tests', 'jobroom.note', '{"name":"killer"}', 'running', 5, now(), 5, 4, '11111111-1111-1111-1111-111111111111', now(), null),
                (1003, 'tests', 'jobroom.note', '{"name":"unwanted"}', 'running', 5, now(), 1, 0, '11111111-1111-1111-1111-111111111111', now(), 'ann');
            """);

        (await queue.EndedAsync(1001, "done")).Select(attempt => (attempt.Attempt, attempt.Outcome)).ShouldBe([(1, "lost"), (2, "done")]);
        (await queue.EndedAsync(1002, "dead")).ShouldHaveSingleItem().Error.ShouldBe("the process that ran it died");
        (await queue.EndedAsync(1003, "cancelled")).ShouldHaveSingleItem().EndedBy.ShouldBe("ann");
        queue.Log.Ran.ShouldHaveSingleItem().Name.ShouldBe("again");
    }

    [Fact]
    public async Task After_an_outage_of_the_database_nobody_is_taken_for_dead_before_a_lease_has_passed()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Hosts[0].StopAsync();
        await queue.Database.ExecuteAsync(
            "insert into scheduler.workers (id, tenant, instance, version, slots, kinds, lease_until) values ('11111111-1111-1111-1111-111111111111', 'tests', 'slow:1', '1', 1, '{}', now() - interval '1 s')");
        await queue.Database.ExecuteAsync(
            "insert into scheduler.jobs (tenant, kind, args, state, priority, run_at, attempt, worker, started_at) values ('tests', 'jobroom.note', '{}', 'running', 5, now(), 1, '11111111-1111-1111-1111-111111111111', now())");
        await using var source = NpgsqlDataSource.Create(ConnectionUrl.Parse(queue.Database.Url).ConnectionString);
        var store = new WorkerStore(source, queue.Hosts[0].Services.GetRequiredService<Profile>());
        var up = TimeSpan.FromSeconds(await queue.Database.ScalarAsync<double>("select extract(epoch from now() - pg_postmaster_start_time())::float8"));

        (await store.RescueAsync(up + TimeSpan.FromMinutes(5), 5, CancellationToken.None)).ShouldBeEmpty();
        (await store.RescueAsync(TimeSpan.Zero, 5, CancellationToken.None)).ShouldHaveSingleItem().Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task Jobs_begin_when_every_extension_has_started()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var room = new JobRoom { Starting = gate.Task };
        await using var server = new CommandLine(database.Url, room) { Variables = { ["PORT"] = "0" } }.Server();
        await server.StartAsync(CancellationToken.None);
        await database.UntilAsync("select to_regclass('scheduler.workers') is not null");
        await database.UntilAsync("select exists (select from scheduler.workers)");
        await database.ExecuteAsync("insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('tests', 'jobroom.note', '{\"name\":\"early\"}', 'waiting', 1, now())");

        // Alive for three beats, each of which would have been time enough.
        var lease = await database.ScalarAsync<DateTime>("select lease_until from scheduler.workers");
        await database.UntilAsync($"select lease_until > '{lease:O}'::timestamptz + interval '600 ms' from scheduler.workers");
        room.Log.Ran.ShouldBeEmpty();

        gate.SetResult();
        await server.Started;
        await Queue.UntilAsync(() => room.Log.Ran.Any(run => run.Name == "early"));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_process_taken_for_dead_stops_its_jobs_and_goes_on_as_another()
    {
        await using var queue = await Queue.StartAsync();
        var job = await queue.EnqueueAsync(JobRoom.Hold, "held");
        await queue.UntilRanAsync("held");

        await queue.Database.ExecuteAsync("delete from scheduler.workers");

        await queue.UntilRanAsync("held", attempt: 2);
        queue.Log.Release.SetResult();
        // Its own record may come before the leader's.
        var attempts = await queue.EndedAsync(job, "done");
        attempts[0].Outcome.ShouldBeOneOf("lost", "interrupted");
        attempts.Select(attempt => attempt.Attempt).ShouldBe([1, 2]);
        queue.Log.Ran.Count(run => run.Id == job).ShouldBe(2);
    }

    [Fact]
    public async Task A_job_that_was_taken_and_never_reached_its_process_waits_again()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync(
            """
            insert into scheduler.jobs (id, tenant, kind, args, state, priority, run_at, attempt, worker, started_at) overriding system value
            select 1001, 'tests', 'jobroom.note', '{"name":"stray"}', 'running', 5, now(), 1, id, now() from scheduler.workers
            """);

        (await queue.EndedAsync(1001, "done")).ShouldHaveSingleItem().Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task A_process_that_stops_gives_the_lead_up_at_once()
    {
        await using var queue = await Queue.StartAsync(hosts: 2, variables: variables =>
        {
            variables["SHUTDOWN"] = "20s";
            variables["JOB_LEASE"] = "5m";
        });
        var leader = queue.Hosts.Single(host => host.Services.GetRequiredService<WorkerHeartbeat>().Leads);
        var held = await queue.EnqueueAsync(JobRoom.Hold, "held");
        await queue.UntilRanAsync("held");
        var from = await queue.Database.ScalarAsync<Guid>("select worker from scheduler.leaders");

        var stopping = leader.StopAsync();

        await queue.Database.UntilAsync($"select exists (select from scheduler.leaders where worker <> '{from}')");
        queue.Log.Release.SetResult();
        await stopping;
        await queue.EndedAsync(held, "done");
    }

    [Fact]
    public async Task One_leads_and_another_takes_over_when_it_stops()
    {
        await using var queue = await Queue.StartAsync(hosts: 3);
        (await queue.Store.WorkersAsync(CancellationToken.None)).Count(worker => worker.Leads).ShouldBe(1);
        var term = await queue.Database.ScalarAsync<long>("select term from scheduler.leaders");

        await queue.Hosts[0].StopAsync();

        await queue.Database.UntilAsync("select exists (select from scheduler.leaders l join scheduler.workers w on w.id = l.worker)");
        (await queue.Database.ScalarAsync<long>("select count(*) from scheduler.leaders")).ShouldBe(1);
        term.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_process_that_serves_only_http_enqueues_and_runs_nothing()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["JOBS"] = "off");

        var job = await queue.EnqueueAsync(JobRoom.Note, "waits");
        (await queue.Store.WorkersAsync(CancellationToken.None)).ShouldBeEmpty();
        queue.Commands.Variables["JOBS"] = "on";
        await queue.AddHostAsync();

        await queue.EndedAsync(job, "done");
    }
}
