using System.Net;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>Starting where something is wrong: it waits for what may mend itself, and says why it refuses the rest.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_port_in_use_is_named_with_the_remedy()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var first = await PublishedHost.StartAsync(database);

        var run = await first.RunAsync("services", "start", "--foreground");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain($"cannot listen on 0.0.0.0:{first.Port}");
        run.Error.ShouldContain("change server.port in the profile");
        run.Error.ShouldNotContain("   at ");
    }

    /// <summary>It watched every folder below its own for an appsettings.json: with its data there, each file written woke it up, and watches ran out.</summary>
    [Fact]
    public async Task A_server_watches_no_folder()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);

        var watches = Directory.EnumerateFiles($"/proc/{host.ProcessId}/fdinfo").SelectMany(File.ReadLines).Where(line => line.StartsWith("inotify ", StringComparison.Ordinal));

        watches.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_the_database_away_it_listens_says_why_and_becomes_ready_by_itself()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await database.StopServerAsync();
        await using var host = PublishedHost.Create(database.Url);
        host.Begin();
        await host.Log.WaitForAsync("Listening on", TimeSpan.FromSeconds(20));

        (await StatusAsync(host, "live")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(host, "ready")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var health = await host.Client.GetAsync("api/v1/health");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await host.Log.WaitForAsync("trying again until it works", TimeSpan.FromSeconds(20))).ShouldContain("waiting for the database");
        JsonElement.Parse(await host.Client.GetStringAsync("api/v1/health/live")).GetProperty("detail").GetString()!.ShouldContain("waiting for the database");
        (await host.RunAsync("services", "health")).ExitCode.ShouldBe(1);
        using var early = await host.Client.GetAsync("v1/models");
        early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        early.Headers.RetryAfter.ShouldNotBeNull();

        await database.StartServerAsync();

        await host.Log.WaitForAsync("API_READY", TimeSpan.FromSeconds(20));
        (await StatusAsync(host, "ready")).ShouldBe(HttpStatusCode.OK);
        // The last look at the database serves for a second.
        await Condition.HoldsAsync("'services health' says so", TimeSpan.FromSeconds(10), async () => (await host.RunAsync("services", "health")).ExitCode == 0);
    }

    [Fact]
    public async Task Health_follows_the_database_away_and_back()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database);
        (await StatusAsync(host, "")).ShouldBe(HttpStatusCode.OK);

        await database.StopServerAsync();
        await Condition.HoldsAsync("health says so", TimeSpan.FromSeconds(10), async () => await StatusAsync(host, "") == HttpStatusCode.ServiceUnavailable);
        var answer = JsonElement.Parse(await (await host.Client.GetAsync("api/v1/health")).Content.ReadAsStringAsync());
        answer.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "database").GetProperty("status").GetString().ShouldBe("unhealthy");

        await database.StartServerAsync();
        await Condition.HoldsAsync("health recovers by itself", TimeSpan.FromSeconds(15), async () => await StatusAsync(host, "") == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refused_start_is_one_sentence_also_when_requests_come_in_meanwhile()
    {
        await using var database = await TestDatabase.CreateOwnAsync("fsync=off", "cluster_name=somebodys");
        await using var host = PublishedHost.Create(database.Url);
        for (var round = 0; round < 3; round++)
        {
            host.Begin();
            var ended = host.ExitedAsync();
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                using var client = new HttpClient { BaseAddress = host.Address };
                while (!ended.IsCompleted)
                {
                    try
                    {
                        using var answer = await client.GetAsync("v1/models");
                    }
                    catch (HttpRequestException)
                    {
                        // Nobody listens, or no more.
                        await Task.Yield();
                    }
                }
            })));

            (await ended).ShouldBe(1);
            host.Log.Text.ShouldContain("runs with fsync=off");
            host.Log.Text.ShouldNotContain("ObjectDisposed");
            host.Log.Text.ShouldNotContain("   at ");
        }
    }

    [Fact]
    public async Task A_server_that_may_lose_what_it_committed_is_refused()
    {
        await using var database = await TestDatabase.CreateOwnAsync("fsync=off", "cluster_name=somebodys");
        await using var host = PublishedHost.Create(database.Url);

        var run = await host.RunAsync("services", "start");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("runs with fsync=off");
        run.Error.ShouldContain("set fsync=on");
        run.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Migrate_never_refuses_with_the_command_that_mends_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = PublishedHost.Create(database.Url, new HostOptions
        {
            Profile = "careful",
            Profiles = new Dictionary<string, string> { ["careful"] = new TestProfile { Database = "migrate: never" }.ToString() },
        });

        var run = await host.RunAsync("services", "start");
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("infra db migrate");

        (await host.RunAsync("infra", "db", "migrate")).Succeeded();
        await host.StartAsync();
        (await StatusAsync(host, "ready")).ShouldBe(HttpStatusCode.OK);
    }

    [RootFact]
    public async Task A_full_disk_refuses_with_its_reason_and_is_served_again_when_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(48);
        var database = await TestDatabase.CreateInAsync(disk);
        await using (var host = await PublishedHost.StartAsync(database, new HostOptions { Variables = new Dictionary<string, string> { ["RATE_LIMIT_SCALE"] = "10000" } }))
        {
            using var alice = await host.ClientForAsync("alice");
            (await PublishedHost.AskAsync(alice)).StatusCode.ShouldBe(HttpStatusCode.OK);

            disk.Fill();
            // Pages that have room are filled first.
            await Condition.HoldsAsync("calls are refused", TimeSpan.FromSeconds(20), async () => (await CallsAsync(alice)).Contains(HttpStatusCode.ServiceUnavailable));
            using var hook = await GatewayFixture.GovernAsync(alice, "ls");
            hook.StatusCode.ShouldBe(HttpStatusCode.OK);

            disk.Free();
            await Condition.HoldsAsync("calls are served again", TimeSpan.FromSeconds(20), async () => (await CallsAsync(alice)).All(status => status == HttpStatusCode.OK));
            (await host.StopAsync()).ShouldBe(0);
        }

        await database.DisposeAsync();
    }

    private static async Task<IReadOnlyList<HttpStatusCode>> CallsAsync(HttpClient client) =>
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var answer = await PublishedHost.AskAsync(client);
            return answer.StatusCode;
        }));

    private static async Task<HttpStatusCode> StatusAsync(PublishedHost host, string probe)
    {
        using var answer = await host.Client.GetAsync($"api/v1/health{(probe.Length == 0 ? "" : "/")}{probe}");
        return answer.StatusCode;
    }
}
