using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>Users, keys and bans of the published file, over three replicas.</summary>
[Collection(Alone.Name)]
public sealed class UserTests
{
    [Fact]
    public async Task A_ban_reaches_three_replicas_within_two_seconds_without_a_lookup_a_request()
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = new HostOptions { Profile = "proxied", Profiles = new Dictionary<string, string> { ["proxied"] = Proxied } };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        await using var three = await PublishedHost.StartAsync(database, options);
        PublishedHost[] hosts = [one, two, three];
        await using var balancer = await Balancer.StartAsync(hosts);
        var token = await one.TokenAsync();
        foreach (var host in hosts) (await StatusAsync(host, token, "203.0.113.7")).ShouldBe(HttpStatusCode.OK);
        using var through = new HttpClient { BaseAddress = balancer.Address };
        (await through.GetAsync("marketplace.json")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await one.RunAsync("admin", "bans", "add", "203.0.113.0/24", "--reason", "scanning", "--for", "1h")).Succeeded();
        var banned = Stopwatch.GetTimestamp();
        foreach (var host in hosts)
            await Condition.HoldsAsync("the ban is there", TimeSpan.FromSeconds(2), async () => await StatusAsync(host, token, "203.0.113.7") == HttpStatusCode.Forbidden);
        Stopwatch.GetElapsedTime(banned).ShouldBeLessThan(TimeSpan.FromSeconds(2));

        // With the database away it is still known: nobody is asked.
        await database.ExecuteAsync($"alter database {database.Name} connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database.Name}' and pid <> pg_backend_pid()");
        foreach (var host in hosts)
        {
            (await StatusAsync(host, token, "203.0.113.99")).ShouldBe(HttpStatusCode.Forbidden);
            (await StatusAsync(host, token, "203.0.114.1")).ShouldNotBe(HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task The_last_administrator_stays_and_a_suspended_user_is_out_everywhere()
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = new HostOptions { Variables = new Dictionary<string, string> { ["RATE_LIMIT_SCALE"] = "1000" } };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        (await one.RunAsync("admin", "users", "create", "ann", "--tier", "admin")).Succeeded();
        var refused = await one.RunAsync("admin", "users", "delete", "ann");
        (refused.ExitCode, refused.Error.Contains("last active administrator", StringComparison.Ordinal)).ShouldBe((1, true));

        (await one.RunAsync("admin", "users", "create", "robot", "--service", "--tier", "service")).Succeeded();
        var key = (await one.RunAsync("admin", "keys", "create", "robot", "--name", "ci")).Succeeded().Output.Trim();
        using var robot = two.ClientWith(key);
        await Condition.HoldsAsync("the key is known on the other replica", TimeSpan.FromSeconds(5), async () =>
        {
            using var answer = await PublishedHost.AskAsync(robot);
            return answer.StatusCode == HttpStatusCode.OK;
        });
        (await database.ScalarAsync<long>("select count(*) from ai.requests where user_id = 'robot'")).ShouldBeGreaterThan(0);
        (await one.RunAsync("admin", "users", "suspend", "robot")).Succeeded();
        await Condition.HoldsAsync("the key is refused on the other replica", TimeSpan.FromSeconds(5), async () =>
        {
            using var answer = await PublishedHost.AskAsync(robot);
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        });
        (await database.DumpAsync()).ShouldNotContain(key);
    }

    [Fact]
    public async Task An_invitation_gives_a_token_that_calls_a_model()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);
        (await host.RunAsync("admin", "users", "create", "bob", "--role", "billing.editor")).Succeeded();
        var link = (await host.RunAsync("admin", "users", "invite", "bob")).Succeeded().Output.Trim();

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(link).AbsolutePath) { Headers = { { "Accept", "application/json" } } };
        using var entered = await host.Client.SendAsync(request);
        using var bob = host.ClientWith((await entered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString());
        using var answer = await PublishedHost.AskAsync(bob);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var alice = await host.ClientForAsync("alice");
        (await alice.PostAsJsonAsync("api/v1/billing/entries", new { text = "first" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await alice.DeleteAsync("api/v1/billing/entries/1")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await bob.DeleteAsync("api/v1/billing/entries/1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private static string Proxied => new TestProfile().ToString().Replace("shutdown_timeout: 20s", "shutdown_timeout: 20s, trusted_proxies: [127.0.0.0/8]", StringComparison.Ordinal);

    private static async Task<HttpStatusCode> StatusAsync(PublishedHost host, string token, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/me") { Headers = { { "X-Forwarded-For", address }, { "Authorization", $"Bearer {token}" } } };
        using var answer = await host.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
