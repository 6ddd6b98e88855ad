using Systemprompt.Scheduler;

namespace Systemprompt.Integration.Tests.Scheduler;

public sealed class AttemptTests
{
    [Fact]
    public async Task A_failed_job_runs_again_and_its_history_says_why()
    {
        await using var queue = await Queue.StartAsync();

        var job = await queue.EnqueueAsync(JobRoom.Note, "flaky", fail: 1);

        var attempts = await queue.EndedAsync(job, "done");
        attempts.Select(attempt => (attempt.Attempt, attempt.Outcome)).ShouldBe([(1, "failed"), (2, "done")]);
        attempts[0].Error.ShouldBe("InvalidOperationException: flaky fails\uFFFD with \uFFFD bad text");
        attempts.ShouldAllBe(attempt => attempt.Milliseconds >= 0);
        queue.Log.Ran.Select(run => (run.Id, run.Attempt)).ShouldBe([(job, 1), (job, 2)]);
    }

    [Fact]
    public async Task A_job_whose_attempts_are_used_up_is_dead_until_somebody_requeues_it()
    {
        await using var queue = await Queue.StartAsync();
        var job = await queue.EnqueueAsync(JobRoom.Note, "broken", fail: 3);
        (await queue.EndedAsync(job, "dead")).Select(attempt => attempt.Outcome).ShouldBe(["failed", "failed", "dead"]);
        var dead = (await queue.Store.FindAsync(job, CancellationToken.None)).ShouldNotBeNull();
        (dead.State, dead.Failures).ShouldBe(("dead", 3));

        (await queue.Store.RetryAsync(job, CancellationToken.None)).ShouldBeTrue();

        (await queue.EndedAsync(job, "done"))[^1].Attempt.ShouldBe(4);
        (await queue.Store.RetryAsync(job, CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task Dead_jobs_are_requeued_together_but_two_with_one_key_are_not()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync(
            """
            insert into scheduler.jobs (tenant, kind, args, state, priority, run_at, unique_key)
            select 'tests', 'jobroom.note', jsonb_build_object('name', 'd' || n), 'dead', 5, now(), case when n > 3 then 'key' end from generate_series(1, 5) n
            """);

        (await queue.Store.RetryDeadAsync(JobRoom.Note.Name, CancellationToken.None)).ShouldBe(4);

        await queue.Database.UntilAsync("select count(*) = 4 from scheduler.history where outcome = 'done'");
        queue.Log.Ran.Select(run => run.Name).Order().ShouldBe(["d1", "d2", "d3", "d4"]);
    }

    [Fact]
    public async Task Poison_arguments_and_a_hopeless_job_are_dead_at_once()
    {
        await using var queue = await Queue.StartAsync();
        var poison = await queue.Database.ScalarAsync<long>(
            "insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('tests', 'jobroom.note', '{\"name\": {\"no\": \"text\"}}', 'waiting', 5, now()) returning id");
        var hopeless = await queue.EnqueueAsync(JobRoom.Hopeless, "x");

        (await queue.EndedAsync(poison, "dead")).ShouldHaveSingleItem().Error.ShouldNotBeNull().ShouldStartWith("JsonException");
        (await queue.EndedAsync(hopeless, "dead")).ShouldHaveSingleItem().Error.ShouldBe("JobDiscardException: the account is closed");
    }

    [Fact]
    public async Task A_kind_that_no_binary_knows_is_kept_and_shown()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync("insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('tests', 'gone.kind', '{}', 'waiting', 1, now())");
        var known = await queue.EnqueueAsync(JobRoom.Note, "known");

        await queue.EndedAsync(known, "done");

        var listed = (await queue.Commands.RunAsync("infra", "jobs", "list")).Succeeded();
        listed.Out.ShouldContain("gone.kind (unknown here)");
        (await queue.Commands.RunAsync("infra", "jobs", "kinds", "--json")).Succeeded().Json.EnumerateArray()
            .Single(kind => kind.GetProperty("kind").GetString() == "gone.kind").GetProperty("waiting").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_asks_to_come_back_later_has_not_failed()
    {
        await using var queue = await Queue.StartAsync();

        var attempts = await queue.EndedAsync(await queue.EnqueueAsync(JobRoom.Later, "busy"), "done");

        attempts.Select(attempt => attempt.Outcome).ShouldBe(["postponed", "done"]);
        (attempts[1].StartedAt!.Value - attempts[0].FinishedAt).TotalMilliseconds.ShouldBeInRange(50, 3000);
    }

    [Fact]
    public async Task A_job_that_takes_too_long_fails_and_one_that_does_not_listen_still_ends_as_it_ends()
    {
        await using var queue = await Queue.StartAsync();
        var slow = await queue.EnqueueAsync(JobRoom.Slow, "slow");
        var deaf = await queue.EnqueueAsync(JobRoom.Deaf, "deaf");

        (await queue.EndedAsync(slow, "dead")).ShouldHaveSingleItem().Error.ShouldBe("TimeoutException: it took longer than 00:00:00.2000000");
        (await queue.Store.FindAsync(deaf, CancellationToken.None)).ShouldNotBeNull().State.ShouldBe("running");
        queue.Log.Release.SetResult();
        (await queue.EndedAsync(deaf, "done")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task One_at_a_time_is_one_at_a_time_over_two_processes()
    {
        await using var queue = await Queue.StartAsync(hosts: 2);

        await queue.Jobs.EnqueueManyAsync(JobRoom.Single, [.. Enumerable.Range(0, 40).Select(n => new Order($"s{n}"))]);

        await queue.Database.UntilAsync("select count(*) = 40 from scheduler.history where outcome = 'done'");
        queue.Log.Most.ShouldBe(1);
        queue.Log.Ran.Select(run => run.Name).Distinct().Count().ShouldBe(40);
    }

    [Fact]
    public async Task A_wait_that_cannot_be_computed_costs_neither_the_job_nor_its_slot()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["JOB_SLOTS"] = "1");

        (await queue.EndedAsync(await queue.EnqueueAsync(JobRoom.Wild, "wild", fail: 1), "done")).Select(attempt => attempt.Outcome).ShouldBe(["failed", "done"]);
    }

    [Fact]
    public async Task Json_that_a_job_itself_cannot_read_is_a_failure_like_any_other()
    {
        await using var queue = await Queue.StartAsync();

        (await queue.EndedAsync(await queue.EnqueueAsync(JobRoom.Reader, "reader"), "done")).Select(attempt => attempt.Outcome).ShouldBe(["failed", "done"]);
    }

    [Fact]
    public async Task A_kind_with_a_limit_does_not_wait_behind_a_backlog_of_others()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["JOB_SLOTS"] = "2");
        await queue.Jobs.EnqueueManyAsync(JobRoom.Hold, [new Order("h1")]);
        await queue.UntilRanAsync("h1");
        await queue.Jobs.EnqueueManyAsync(ProbeJob.Kind, [.. Enumerable.Repeat(new ProbeArgs(StepMilliseconds: 20), 400)]);

        var limited = await queue.EnqueueAsync(JobRoom.Single, "limited");

        await queue.EndedAsync(limited, "done");
        (await queue.Database.ScalarAsync<long>("select count(*) from scheduler.jobs where kind = 'scheduler.probe'")).ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Jobs_taken_ahead_are_given_back_when_slow_ones_come_between()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["JOB_SLOTS"] = "2");
        // Quick ones, so that it takes ahead; then two that fill the slots, in front of many more.
        await queue.Jobs.EnqueueManyAsync(JobRoom.Note, [.. Enumerable.Range(0, 500).Select(n => new Order($"n{n}"))]);
        await queue.Database.UntilAsync("select count(*) = 500 from scheduler.history");
        await queue.Store.PauseAsync(JobRoom.Note.Name, "test", CancellationToken.None);
        await queue.Store.PauseAsync(JobRoom.Hold.Name, "test", CancellationToken.None);
        await queue.Jobs.EnqueueManyAsync(JobRoom.Hold, [new Order("h1"), new Order("h2")], new Extensions.EnqueueOptions { Priority = 1 });
        var behind = await queue.Jobs.EnqueueManyAsync(JobRoom.Note, [.. Enumerable.Range(0, 20).Select(n => new Order($"b{n}"))]);
        await queue.Database.ExecuteAsync("delete from scheduler.paused");
        await queue.Database.UntilAsync("select count(*) = 2 from scheduler.jobs where kind = 'jobroom.hold' and state = 'running'");

        await queue.Database.UntilAsync("select count(*) = 20 from scheduler.jobs where kind = 'jobroom.note' and state = 'waiting' and attempt = 0");
        await queue.AddHostAsync();

        foreach (var job in behind) (await queue.EndedAsync(job, "done")).ShouldHaveSingleItem().Attempt.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 16)]
    [InlineData(9, 6561)]
    [InlineData(100, 86_400)]
    public void The_wait_grows_with_the_failures(int failures, double seconds) =>
        JobRunner.Backoff(new Extensions.JobRegistration<ProbeJob, ProbeArgs>(ProbeJob.Kind), failures).TotalSeconds.ShouldBeInRange(seconds * 0.89, seconds * 1.11);
}
