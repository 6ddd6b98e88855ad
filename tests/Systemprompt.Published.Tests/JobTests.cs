using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>The job queue of the published file, driven by its commands and routes; the job of a scaffolded extension is <c>billing.count_words</c>.</summary>
[Collection(Alone.Name)]
public sealed class JobTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_job_is_enqueued_with_its_transaction_or_not_at_all()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);
        using var alice = await host.ClientForAsync("alice");
        // The commit itself fails: the job was inserted by then.
        await database.ExecuteAsync(
            """
            create function billing.refuse() returns trigger language plpgsql as $$ begin raise exception 'refused at commit'; end $$;
            create constraint trigger refuse after insert on billing.entries deferrable initially deferred for each row when (new.text = 'refuse me') execute function billing.refuse();
            """);

        (await alice.PostAsJsonAsync("api/v1/billing/entries", new { text = "refuse me" })).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await alice.PostAsJsonAsync("api/v1/billing/entries", new { text = "three good words" })).StatusCode.ShouldBe(HttpStatusCode.Created);

        await DoneAsync(database, 1);
        (await database.ScalarAsync<long>("select (select count(*) from scheduler.jobs where kind = 'billing.count_words') + (select count(*) from billing.entries where text = 'refuse me')")).ShouldBe(0);
        var attempt = (await host.RunAsync("infra", "jobs", "history", "--kind", "billing.count_words", "--json")).Succeeded().Json().EnumerateArray().ShouldHaveSingleItem();
        (attempt.GetProperty("outcome").GetString(), attempt.GetProperty("enqueued_by").GetString()).ShouldBe(("done", "alice"));
        (await host.RunAsync("billing", "list", "--json")).Succeeded().Json()[0].GetProperty("words").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task A_job_whose_process_is_killed_runs_again_within_30_seconds()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var one = await PublishedHost.StartAsync(database);
        var id = await EnqueueAsync(one, """{"steps":1200,"stepMilliseconds":50}""");
        await Condition.HoldsAsync("the job shows progress", Long, async () => (await database.ColumnAsync<bool>($"select coalesce(progress_done, 0) > 0 from scheduler.jobs where id = {id}")).SingleOrDefault());
        await using var two = await PublishedHost.StartAsync(database);

        await one.KillAsync();

        await Condition.HoldsAsync("attempt 2 runs", TimeSpan.FromSeconds(30), async () => await database.ScalarAsync<bool>($"select attempt = 2 and state = 'running' from scheduler.jobs where id = {id}"));
        (await two.RunAsync("infra", "jobs", "cancel", $"{id}")).Succeeded();
        await Condition.HoldsAsync("it is cancelled", Long, async () => await database.ScalarAsync<long>($"select count(*) from scheduler.jobs where id = {id}") == 0);
        (await two.RunAsync("infra", "jobs", "show", $"{id}", "--json")).Succeeded().Json().GetProperty("attempts").EnumerateArray()
            .Select(attempt => (attempt.GetProperty("attempt").GetInt32(), attempt.GetProperty("outcome").GetString())).ShouldBe([(2, "cancelled"), (1, "lost")]);
    }

    [Fact]
    public async Task Three_replicas_do_ten_thousand_jobs_once_each_and_at_least_once_when_they_are_killed()
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = new HostOptions
        {
            Profile = "quick",
            Profiles = new Dictionary<string, string> { ["quick"] = new TestProfile { More = "scheduler: { lease: 3s, heartbeat: 500ms }" }.ToString() },
        };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        await using var three = await PublishedHost.StartAsync(database, options);
        PublishedHost[] hosts = [one, two, three];
        await using var balancer = await Balancer.StartAsync(hosts);

        await PostAsync(balancer, await one.TokenAsync(), 10_000);
        await DoneAsync(database, 10_000);

        (await database.ScalarAsync<long>("select count(*) from scheduler.history where kind = 'billing.count_words'")).ShouldBe(10_000);
        (await database.ScalarAsync<long>("select count(distinct worker) from scheduler.history where kind = 'billing.count_words'")).ShouldBe(3);
        (await database.ScalarAsync<long>("select count(*) from billing.entries where words is null")).ShouldBe(0);

        await database.ExecuteAsync(
            """
            insert into scheduler.jobs (tenant, kind, args, state, priority, run_at)
            select 'myco', 'scheduler.probe', '{"stepMilliseconds":5}', 'waiting', 5, now() from generate_series(1, 10000)
            """);
        for (var kill = 0; kill < 6; kill++)
        {
            var victim = hosts[kill % 3];
            await Condition.HoldsAsync("jobs are done", Long, () => HaveBeenDoneAsync(database, (kill + 1) * 800));
            await victim.KillAsync();
            await victim.StartAsync();
        }

        await Condition.HoldsAsync("every job is done", Long, () => HaveBeenDoneAsync(database, 10_000));
        await Condition.HoldsAsync("nothing is left", Long, async () => await database.ScalarAsync<long>("select count(*) from scheduler.jobs where kind = 'scheduler.probe'") == 0);
        (await database.ScalarAsync<long>("select count(*) from scheduler.history where kind = 'scheduler.probe' and outcome not in ('done', 'lost')")).ShouldBe(0);
    }

    [Theory]
    [InlineData("2026-03-29T00:59:50Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")] // 02:30 does not exist that night: it runs right after the gap
    [InlineData("2026-10-25T00:29:50Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")] // 02:30 comes twice: it runs the first time
    public async Task A_schedule_runs_once_over_replicas_and_across_a_change_to_and_from_summer_time(string start, string tick, string next)
    {
        await using var database = await TestDatabase.CreateAtAsync(DateTime.Parse(start).ToUniversalTime());
        var options = new HostOptions
        {
            Profile = "berlin",
            Profiles = new Dictionary<string, string>
            {
                ["berlin"] = new TestProfile { More = """scheduler: { schedules: { nightly: { job: scheduler.probe, cron: 30 2 * * *, time_zone: Europe/Berlin }, each: { job: scheduler.probe, cron: "* * * * * *" } } }""" }.ToString(),
            },
        };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        await using var three = await PublishedHost.StartAsync(database, options);

        await Condition.HoldsAsync("the night is over", Long, async () => await database.ScalarAsync<bool>($"select now() > '{tick}'::timestamptz + interval '4 s'"));

        (await database.ScalarAsync<DateTime>("select enqueued_at from scheduler.history where enqueued_by = 'schedule nightly'")).ShouldBe(DateTime.Parse(tick).ToUniversalTime(), TimeSpan.FromSeconds(1));
        (await database.ScalarAsync<long>("select count(*) from scheduler.history where enqueued_by = 'schedule nightly'")).ShouldBe(1);
        (await database.ScalarAsync<long>(
            "select max(n) from (select count(*) n from scheduler.history where enqueued_by = 'schedule each' group by date_trunc('second', enqueued_at)) each")).ShouldBe(1);
        var schedule = (await one.RunAsync("infra", "jobs", "schedules", "--json")).Succeeded().Json().EnumerateArray().Single(row => row.GetProperty("name").GetString() == "nightly");
        schedule.GetProperty("next_at").GetDateTime().ShouldBe(DateTime.Parse(next).ToUniversalTime());
    }

    [Fact]
    public async Task A_database_that_restarts_under_a_job_costs_it_nothing()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database);
        var id = await EnqueueAsync(host, """{"steps":20,"stepMilliseconds":100}""");
        await Condition.HoldsAsync("it runs", Long, async () => await database.ScalarAsync<bool>($"select exists (select from scheduler.jobs where id = {id} and state = 'running')"));

        await database.StopServerAsync("QUIT");
        await Task.WhenAny(host.ExitedAsync(), Task.Run(database.StartServerAsync));

        await Condition.HoldsAsync("it is recorded", Long, async () => await database.ScalarAsync<bool>($"select exists (select from scheduler.history where job = {id})"));
        (await host.RunAsync("infra", "jobs", "show", $"{id}", "--json")).Succeeded().Json().GetProperty("attempts").EnumerateArray()
            .ShouldHaveSingleItem().GetProperty("outcome").GetString().ShouldBe("done");
    }

    [Fact]
    public async Task Work_can_be_divided_among_processes()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var web = await PublishedHost.StartAsync(database, new HostOptions { Command = ["services", "start", "--only", "http"] });
        using var alice = await web.ClientForAsync("alice");
        (await alice.PostAsJsonAsync("api/v1/billing/entries", new { text = "two words" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await web.RunAsync("infra", "jobs", "list")).Succeeded().Output.ShouldContain("billing.count_words");
        (await web.RunAsync("infra", "jobs", "workers")).Succeeded().Error.ShouldContain("no process runs jobs");

        await using var worker = await PublishedHost.StartAsync(database, new HostOptions { Command = ["services", "start", "--only", "jobs"] });

        await DoneAsync(database, 1);
        (await worker.Client.GetAsync("api/v1/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var scraper = await worker.ClientForAsync("root", "admin");
        PrometheusPage.Parse(await scraper.GetStringAsync("metrics")).Sum("systemprompt_ready").ShouldBe(1);
        (await worker.Client.GetAsync("metrics")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await worker.Client.GetAsync("v1/models")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var wrong = await web.RunAsync("services", "start", "--only", "cron");
        (wrong.ExitCode, wrong.Error.Trim()).ShouldBe((2, "--only cron: choose http or jobs, or leave it out for both"));
    }

    [Fact]
    public async Task A_hundred_thousand_jobs_that_nobody_can_run_stand_in_nobodys_way()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);
        await database.ExecuteAsync(
            """
            insert into scheduler.jobs (tenant, kind, args, state, priority, run_at)
            select 'myco', 'gone.kind', '{}', 'waiting', 1, now() from generate_series(1, 100000);
            analyze scheduler.jobs
            """);

        (await host.RunAsync("infra", "jobs", "run", "scheduler.probe")).Succeeded().Output.ShouldContain("is done at attempt 1");

        (await host.RunAsync("infra", "jobs", "kinds", "--json")).Succeeded().Json().EnumerateArray()
            .Single(kind => kind.GetProperty("kind").GetString() == "gone.kind").GetProperty("waiting").GetInt32().ShouldBe(100_000);
        (await host.RunAsync("infra", "jobs", "list", "--limit", "3")).Succeeded().Output.ShouldContain("gone.kind (unknown here)");
    }

    private static async Task<long> EnqueueAsync(PublishedHost host, string args)
    {
        using var admin = await host.ClientForAsync("ann", "admin");
        using var answer = await admin.PostAsJsonAsync("api/v1/jobs", new { kind = "scheduler.probe", args = JsonElement.Parse(args) });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
    }

    private static async Task PostAsync(Balancer balancer, string token, int count)
    {
        using var client = new HttpClient { BaseAddress = balancer.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, cancellationToken) =>
        {
            using var answer = await client.PostAsJsonAsync("api/v1/billing/entries", new { text = $"entry {number}" }, cancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        });
    }

    private static Task DoneAsync(TestDatabase database, int count) => Condition.HoldsAsync($"{count} jobs are done", Long, async () =>
        await database.ScalarAsync<long>("select count(distinct job) from scheduler.history where kind = 'billing.count_words' and outcome = 'done'") == count);

    private static async Task<bool> HaveBeenDoneAsync(TestDatabase database, int count) =>
        await database.ScalarAsync<long>("select count(distinct job) from scheduler.history where kind = 'scheduler.probe' and outcome = 'done'") >= count;
}
