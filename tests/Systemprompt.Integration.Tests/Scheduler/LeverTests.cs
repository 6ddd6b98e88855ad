using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt.Extensions;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Scheduler;

/// <summary>Cancel, pause, retry, and what people see: by command and by route.</summary>
public sealed class LeverTests
{
    [Fact]
    public async Task A_running_job_is_cancelled_on_whichever_process_it_runs()
    {
        await using var queue = await Queue.StartAsync(hosts: 2);
        var jobs = await queue.Jobs.EnqueueManyAsync(JobRoom.Hold, [.. Enumerable.Range(0, 12).Select(n => new Order($"h{n}"))]);
        await Queue.UntilAsync(() => queue.Log.Ran.Count == 12);

        foreach (var job in jobs) (await queue.Store.CancelAsync(job, "alice", CancellationToken.None)).ShouldBe("running");

        foreach (var job in jobs) (await queue.EndedAsync(job, "cancelled")).ShouldHaveSingleItem().EndedBy.ShouldBe("alice");
    }

    [Fact]
    public async Task A_cancelled_job_stays_cancelled_whatever_it_makes_of_it()
    {
        await using var queue = await Queue.StartAsync();
        var rude = await queue.EnqueueAsync(JobRoom.Rude, "rude");
        await queue.UntilRanAsync("rude");

        (await queue.Store.CancelAsync(rude, "alice", CancellationToken.None)).ShouldBe("running");

        (await queue.EndedAsync(rude, "cancelled")).ShouldHaveSingleItem().EndedBy.ShouldBe("alice");
        (await queue.Store.FindAsync(rude, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_cancel_whose_notification_is_lost_arrives_with_the_heartbeat()
    {
        await using var queue = await Queue.StartAsync();
        var job = await queue.EnqueueAsync(JobRoom.Hold, "h");
        await queue.UntilRanAsync("h");

        await queue.Database.ExecuteAsync($"update scheduler.jobs set cancelled_by = 'bob' where id = {job}");

        (await queue.EndedAsync(job, "cancelled")).ShouldHaveSingleItem().EndedBy.ShouldBe("bob");
    }

    [Fact]
    public async Task A_waiting_a_delayed_and_a_dead_job_leave_at_once_when_cancelled()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Store.PauseAsync(JobRoom.Note.Name, "test", CancellationToken.None);
        var waiting = await queue.EnqueueAsync(JobRoom.Note, "w");
        var delayed = await queue.EnqueueAsync(JobRoom.Note, "d", options: new EnqueueOptions { Delay = TimeSpan.FromHours(1) });
        var dead = await queue.EnqueueAsync(JobRoom.Hopeless, "x");
        await queue.EndedAsync(dead, "dead");

        foreach (var (job, state) in new[] { (waiting, "waiting"), (delayed, "delayed"), (dead, "dead") })
        {
            (await queue.Commands.RunAsync("infra", "jobs", "cancel", $"{job}", "--json")).Succeeded().Json.GetProperty("was").GetString().ShouldBe(state);
            (await queue.Store.FindAsync(job, CancellationToken.None)).ShouldBeNull();
            (await queue.EndedAsync(job, "cancelled"))[^1].EndedBy.ShouldBe("cli");
        }

        (await queue.Commands.RunAsync("infra", "jobs", "cancel", "987654")).Code.ShouldBe(1);
        queue.Log.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_paused_kind_waits_while_others_run()
    {
        await using var queue = await Queue.StartAsync();
        (await queue.Commands.RunAsync("infra", "jobs", "pause", JobRoom.Note.Name)).Succeeded();
        var paused = await queue.EnqueueAsync(JobRoom.Note, "paused");
        var other = await queue.EnqueueAsync(JobRoom.Later, "other");
        await queue.EndedAsync(other, "done");
        queue.Log.Ran.ShouldNotContain(run => run.Name == "paused");

        (await queue.Commands.RunAsync("infra", "jobs", "resume", JobRoom.Note.Name)).Succeeded();

        await queue.EndedAsync(paused, "done");
        var unknown = await queue.Commands.RunAsync("infra", "jobs", "pause", "jobroom.nota");
        (unknown.Code, unknown.Error.Trim()).ShouldBe((1, "there is no job kind 'jobroom.nota' in this binary; did you mean 'jobroom.note'?"));
    }

    [Fact]
    public async Task Run_follows_a_job_to_its_end_and_says_how_it_ended()
    {
        await using var queue = await Queue.StartAsync();

        var done = (await queue.Commands.RunAsync("infra", "jobs", "run", "scheduler.probe", "--args", """{"steps":3,"stepMilliseconds":300}""")).Succeeded();
        done.Out.ShouldContain(" is done at attempt 1, after ");
        done.Error.ShouldContain("attempt 1 step ");
        var dead = await queue.Commands.RunAsync("infra", "jobs", "run", "jobroom.hopeless", "--args", """{"name":"x"}""", "--json");
        (dead.Code, dead.Json.GetProperty("outcome").GetString()).ShouldBe((1, "dead"));
        var detached = (await queue.Commands.RunAsync("infra", "jobs", "run", "jobroom.note", "--args", """{"name":"x"}""", "--detach", "--delay", "1h", "--json")).Succeeded();
        (await queue.Commands.RunAsync("infra", "jobs", "show", $"{detached.Json.GetProperty("id").GetInt64()}", "--json")).Succeeded().Json.GetProperty("state").GetString().ShouldBe("delayed");
    }

    [Theory]
    [InlineData("there is no job kind 'jobroom.x' in this binary", "run", "jobroom.x")]
    [InlineData("--args: not the JSON that jobroom.note takes", "run", "jobroom.note", "--args", "{")]
    [InlineData("--delay soon is not a duration", "run", "jobroom.note", "--args", """{"name":"x"}""", "--delay", "soon")]
    [InlineData("--state gone is none of running, waiting, delayed, dead", "list", "--state", "gone")]
    [InlineData("--limit 0 is not from 1 to 1000", "history", "--limit", "0")]
    [InlineData("give a job's id, or --all-dead", "retry")]
    [InlineData("give a kind, or --schedule NAME", "pause")]
    public async Task A_wrong_call_says_what_is_wrong(string message, params string[] call)
    {
        await using var queue = await Queue.StartAsync();

        var result = await queue.Commands.RunAsync(["infra", "jobs", .. call]);

        (result.Code, result.Out).ShouldBe((2, ""));
        result.Error.ShouldStartWith(message);
    }

    [Fact]
    public async Task Administrators_do_the_same_over_http()
    {
        await using var queue = await Queue.StartAsync();
        using var admin = ClientFor(queue, Tier.Admin);

        var created = await admin.PostAsJsonAsync("api/v1/jobs", new { kind = "jobroom.note", args = new { name = "web" }, uniqueKey = "k" });
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
        await queue.EndedAsync(id, "done");
        var shown = await admin.GetFromJsonAsync<JsonElement>($"api/v1/jobs/{id}");
        shown.GetProperty("state").GetString().ShouldBe("done");
        shown.GetProperty("attempts")[0].GetProperty("enqueuedBy").GetString().ShouldBe("ann");
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/jobs/history?kind=jobroom.note")).EnumerateArray().ShouldHaveSingleItem();
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/jobs/workers")).EnumerateArray().ShouldHaveSingleItem().GetProperty("leads").GetBoolean().ShouldBeTrue();
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/jobs/kinds")).EnumerateArray().Select(kind => kind.GetProperty("kind").GetString()).ShouldContain("scheduler.probe");
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/jobs/schedules")).EnumerateArray().Select(schedule => schedule.GetProperty("name").GetString()).ShouldContain("database.partitions:often");

        (await admin.PostAsJsonAsync("api/v1/jobs", new { kind = "jobroom.notes" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.PostAsJsonAsync("api/v1/jobs", new { kind = "jobroom.note", args = new { name = 7 } })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.PostAsJsonAsync("api/v1/jobs", new { kind = "jobroom.note", args = new { name = "x" }, delaySeconds = 1e300 })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.GetAsync("api/v1/jobs/4711")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await admin.PostAsync("api/v1/jobs/4711/cancel", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await admin.PostAsync($"api/v1/jobs/{id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await admin.PostAsync("api/v1/jobs/kinds/jobroom.note/pause", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.PostAsync("api/v1/jobs/kinds/jobroom.note/resume", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ClientFor(queue, Tier.User).GetAsync("api/v1/jobs")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static HttpClient ClientFor(Queue queue, Tier tier) => queue.Hosts[0].Client("ann", tier);
}
