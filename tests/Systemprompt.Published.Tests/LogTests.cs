using System.Diagnostics;
using System.Net;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Log lines of the published file, in the database.</summary>
[Collection(Alone.Name)]
public sealed class LogTests(ITestOutputHelper output)
{
    [Fact]
    public async Task An_error_can_be_viewed_within_a_second_and_a_failed_job_is_one()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);
        await database.ExecuteAsync("insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('myco', 'scheduler.probe', '{\"steps\":\"no number\"}', 'waiting', 1, now())");
        await host.Log.WaitForAsync("is dead at attempt 1", TimeSpan.FromSeconds(20));
        var logged = Stopwatch.GetTimestamp();

        await Condition.HoldsAsync("the error is in the table", TimeSpan.FromSeconds(1), async () => await database.ScalarAsync<bool>("select exists (select from logging.entries where event = 2404)"));

        Stopwatch.GetElapsedTime(logged).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        var line = (await host.RunAsync("infra", "logs", "view", "--level", "error", "--room", "scheduler", "--json")).Succeeded().Json().EnumerateArray().ShouldHaveSingleItem();
        line.GetProperty("message").GetString()!.ShouldContain("its arguments cannot be read");
        (await host.RunAsync("infra", "logs", "view")).Succeeded().Output.ShouldContain("API_READY");
        (await host.RunAsync("infra", "logs", "stats")).Succeeded().Output.ShouldContain("scheduler");
    }

    [Fact]
    public async Task A_storm_of_a_million_lines_is_written_or_counted_harms_no_request_and_tells_no_secret()
    {
        const int Lines = 1_000_000;
        const string Secret = "sk-canary-3f9c2b7d1e5a4860";
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions { Profile = "storm", Profiles = new Dictionary<string, string> { ["storm"] = Storm } });
        using var alice = await host.ClientForAsync("alice");
        // Not by a command that follows the job: its own lines would be in the way.
        await database.ExecuteAsync($$"""insert into scheduler.jobs (tenant, kind, args, state, priority, run_at) values ('myco', 'logging.probe', '{"lines":{{Lines}},"text":"key {{Secret}}"}', 'waiting', 1, now())""");

        var slowest = TimeSpan.Zero;
        var during = 0;
        while (!await database.ScalarAsync<bool>("select exists (select from scheduler.history where kind = 'logging.probe')"))
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await PublishedHost.AskAsync(alice);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            if (Stopwatch.GetElapsedTime(began) is var took && took > slowest) slowest = took;
            during++;
        }

        await Condition.HoldsAsync("every line was written or is said to be dropped", TimeSpan.FromSeconds(30), async () => await database.ScalarAsync<bool>(
            $"select count(*) filter (where event = 2303) + coalesce(sum((fields->>'Dropped')::bigint) filter (where event = 2302), 0) >= {Lines} from logging.entries"));
        output.WriteLine($"{during} requests meanwhile, the slowest took {slowest.TotalMilliseconds:0} ms");
        during.ShouldBeGreaterThan(20);
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await host.RunAsync("infra", "logs", "stats", "--json")).Succeeded().Json().EnumerateArray().Sum(row => row.GetProperty("dropped").GetInt64()).ShouldBePositive();
        (await host.Client.GetStringAsync("api/v1/health")).ShouldContain("lines were dropped since the start");
        (await database.ScalarAsync<long>($"select count(*) from logging.entries where message like '%canary%' or fields::text like '%canary%'")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from logging.entries where message like '%key [redacted]'")).ShouldBePositive();
        host.Log.Lines.Count(line => line.Contains("canary", StringComparison.Ordinal)).ShouldBe(0);
    }

    private static string Storm => new TestProfile().ToString().Replace("format: json }", "format: json, store: { queue: 2000 } }", StringComparison.Ordinal);

    [Fact]
    public async Task Without_the_database_lines_wait_and_requests_go_on_and_they_are_there_afterwards()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database);
        await database.StopServerAsync("QUIT");
        await host.Log.WaitForAsync("Background loop", TimeSpan.FromSeconds(30));
        (await host.Client.GetAsync("api/v1/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await database.StartServerAsync();

        await Condition.HoldsAsync("what was said during the outage is there", TimeSpan.FromSeconds(60), async () =>
            await database.ScalarAsync<bool>("select exists (select from logging.entries where event = 1001)"));
    }
}
