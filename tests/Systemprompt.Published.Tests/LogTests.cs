using System.Diagnostics;
using System.Net;

namespace Systemprompt.Published.Tests;

/// <summary>Log lines of the published file, in the database.</summary>
public sealed class LogTests
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
