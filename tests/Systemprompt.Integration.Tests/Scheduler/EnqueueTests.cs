using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Scheduler;

public sealed class EnqueueTests
{
    [Fact]
    public async Task A_job_is_there_when_its_transaction_commits_and_never_when_it_rolls_back()
    {
        await using var queue = await Queue.StartAsync();
        await using var connection = await queue.Source.OpenConnectionAsync();
        await using (var lost = await connection.BeginTransactionAsync())
        {
            await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("lost"), transaction: lost);
            await lost.RollbackAsync();
        }

        await using (var kept = await connection.BeginTransactionAsync())
        {
            var id = (await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("kept"), transaction: kept)).Id;
            queue.Log.Ran.ShouldBeEmpty();
            await kept.CommitAsync();
            await queue.EndedAsync(id, "done");
        }

        queue.Log.Ran.ShouldHaveSingleItem().Name.ShouldBe("kept");
        (await queue.Database.ScalarAsync<long>("select count(*) from scheduler.jobs")).ShouldBe(0);
    }

    [Fact]
    public async Task A_delayed_job_runs_when_it_is_due_and_not_before()
    {
        await using var queue = await Queue.StartAsync();

        var soon = await queue.EnqueueAsync(JobRoom.Note, "soon", options: new EnqueueOptions { Delay = TimeSpan.FromMilliseconds(600) });
        var later = await queue.EnqueueAsync(JobRoom.Note, "later", options: new EnqueueOptions { RunAt = DateTimeOffset.UtcNow.AddHours(1) });
        var past = await queue.EnqueueAsync(JobRoom.Note, "past", options: new EnqueueOptions { RunAt = DateTimeOffset.UtcNow.AddHours(-1) });

        await queue.EndedAsync(past, "done");
        var attempt = (await queue.EndedAsync(soon, "done")).ShouldHaveSingleItem();
        (attempt.StartedAt!.Value - attempt.EnqueuedAt).TotalMilliseconds.ShouldBeInRange(600, 3000);
        (await queue.Store.FindAsync(later, CancellationToken.None)).ShouldNotBeNull().State.ShouldBe("delayed");
    }

    [Fact]
    public async Task While_a_job_with_a_key_waits_or_runs_no_second_one_is_enqueued()
    {
        await using var queue = await Queue.StartAsync();
        var key = new EnqueueOptions { UniqueKey = "invoice 7" };
        var first = await queue.Jobs.EnqueueAsync(JobRoom.Hold, new Order("a"), key);
        await queue.UntilRanAsync("a");

        (await queue.Jobs.EnqueueAsync(JobRoom.Hold, new Order("b"), key)).ShouldBe(new EnqueuedJob(first.Id, IsNew: false));
        (await queue.Jobs.EnqueueAsync(JobRoom.Hold, new Order("c"), new EnqueueOptions { UniqueKey = "invoice 8" })).IsNew.ShouldBeTrue();
        (await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("d"), key)).IsNew.ShouldBeTrue();
        queue.Log.Release.SetResult();
        await queue.EndedAsync(first.Id, "done");

        (await queue.Jobs.EnqueueAsync(JobRoom.Hold, new Order("e"), key)).IsNew.ShouldBeTrue();
    }

    [Fact]
    public async Task Arguments_can_be_the_key_and_a_key_can_last_beyond_the_job()
    {
        await using var queue = await Queue.StartAsync();
        var hourly = new EnqueueOptions { UniqueByArgs = true, UniqueFor = TimeSpan.FromHours(1) };

        var first = await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("same"), hourly);
        await queue.EndedAsync(first.Id, "done");

        (await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("same"), hourly)).ShouldBe(new EnqueuedJob(first.Id, IsNew: false));
        (await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("other"), hourly)).IsNew.ShouldBeTrue();
        await queue.Database.ExecuteAsync("update scheduler.unique_periods set until = now()");
        (await queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("same"), hourly)).IsNew.ShouldBeTrue();
    }

    [Fact]
    public async Task Sixteen_callers_with_one_key_get_one_job()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Store.PauseAsync(JobRoom.Note.Name, "test", CancellationToken.None);

        var jobs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => queue.Jobs.EnqueueAsync(JobRoom.Note, new Order("one"), new EnqueueOptions { UniqueByArgs = true, UniqueFor = TimeSpan.FromHours(1) })));

        jobs.Select(job => job.Id).Distinct().ShouldHaveSingleItem();
        jobs.Count(job => job.IsNew).ShouldBe(1);
    }

    [Fact]
    public async Task The_more_urgent_runs_first_and_among_equals_the_earlier()
    {
        await using var queue = await Queue.StartAsync(variables: variables => variables["JOB_SLOTS"] = "1");
        await queue.Store.PauseAsync(JobRoom.Note.Name, "test", CancellationToken.None);
        foreach (var (name, priority) in new[] { ("late", 9), ("first", 1), ("second", 1), ("usual", 5) })
            await queue.EnqueueAsync(JobRoom.Note, name, options: new EnqueueOptions { Priority = priority });

        await queue.Store.ResumeAsync(JobRoom.Note.Name, CancellationToken.None);

        // On a machine that stands still for longer than a lease, a job runs again; that says nothing of the order.
        await Queue.UntilAsync(() => queue.Log.Ran.DistinctBy(run => run.Id).Count() == 4);
        queue.Log.Ran.DistinctBy(run => run.Id).Select(run => run.Name).ShouldBe(["first", "second", "usual", "late"]);
    }

    [Fact]
    public async Task A_thousand_at_once_keep_their_order_and_each_runs_once()
    {
        await using var queue = await Queue.StartAsync(hosts: 2);

        var ids = await queue.Jobs.EnqueueManyAsync(JobRoom.Note, [.. Enumerable.Range(0, 1000).Select(n => new Order($"n{n}"))], new EnqueueOptions { By = "alice" });

        await queue.Database.UntilAsync("select count(*) = 1000 from scheduler.history");
        queue.Log.Ran.Count.ShouldBe(1000);
        var names = queue.Log.Ran.ToDictionary(run => run.Id, run => run.Name);
        ids.Select(id => names[id]).ShouldBe(Enumerable.Range(0, 1000).Select(n => $"n{n}"));
        queue.Log.Ran.ShouldAllBe(run => run.By == "alice");
    }

    [Fact]
    public async Task What_cannot_be_stored_or_run_is_refused_with_the_reason()
    {
        await using var queue = await Queue.StartAsync();

        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobRoom.Note, new string('x', 300_000)))).Message.ShouldContain("256 KB");
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobRoom.Note, "a\0b"))).Message.ShouldContain("NUL");
        (await Should.ThrowAsync<ArgumentException>(() => queue.Jobs.EnqueueAsync(new JobKind<Order>("jobroom.notes"), new Order("x")))).Message.ShouldContain("did you mean 'jobroom.note'?");
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobRoom.Note, "x", options: new EnqueueOptions { Priority = 10 }))).Message.ShouldContain("1 to 9");
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobRoom.Note, "x", options: new EnqueueOptions { UniqueFor = TimeSpan.FromHours(1) }))).Message.ShouldContain("UniqueKey");
        var backslash = await queue.EnqueueAsync(JobRoom.Note, @"a\u0000b");
        await queue.EndedAsync(backslash, "done");
        queue.Log.Ran.ShouldHaveSingleItem().Name.ShouldBe(@"a\u0000b");
    }
}
