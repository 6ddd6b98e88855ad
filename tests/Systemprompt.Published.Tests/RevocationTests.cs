using System.Diagnostics;
using System.Net;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Tokens are verified in process; what one process revokes, the others refuse.</summary>
[Collection(Alone.Name)]
public sealed class RevocationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 10)]
    public async Task Revoked_by_one_process_refused_by_another(bool listens, int seconds)
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = new HostOptions
        {
            Profile = "replica",
            Profiles = new Dictionary<string, string> { ["replica"] = new TestProfile { Database = $"listen: {(listens ? "true" : "false")}" }.ToString() },
        };
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var other = await PublishedHost.StartAsync(database, options);
        using var alice = other.ClientWith(await one.TokenAsync("user", "alice"));
        using var bob = other.ClientWith(await one.TokenAsync("user", "bob"));
        (await PublishedHost.AskAsync(alice)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await one.RunAsync("admin", "token", "revoke", "--sub", "alice")).Succeeded();
        var from = Stopwatch.GetTimestamp();
        await Condition.HoldsAsync("the other process refuses the token", TimeSpan.FromSeconds(seconds), async () =>
        {
            using var answer = await PublishedHost.AskAsync(alice);
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        });

        output.WriteLine($"listen {listens}: refused {Stopwatch.GetElapsedTime(from).TotalMilliseconds:0} ms after the revocation");
        (await PublishedHost.AskAsync(bob)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_token_is_revoked_by_its_id_and_a_restarted_process_knows()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database);
        var (first, second) = (await host.TokenAsync(), await host.TokenAsync());
        var id = (await host.RunOnAsync(first, "admin", "token", "show", "-", "--json")).Succeeded().Json().GetProperty("token_id").GetString()!;

        (await host.RunAsync("admin", "token", "revoke", "--jti", id)).Succeeded();
        await host.StopAsync();
        await host.StartAsync();

        using var revoked = host.ClientWith(first);
        using var good = host.ClientWith(second);
        (await PublishedHost.AskAsync(revoked)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await PublishedHost.AskAsync(good)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task With_postgresql_stopped_a_valid_token_still_verifies_and_nothing_is_served_unrecorded()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database);
        using var alice = await host.ClientForAsync("alice");
        using var forger = host.ClientWith(alice.DefaultRequestHeaders.Authorization!.Parameter![..^4] + "AAAA");
        (await PublishedHost.AskAsync(alice)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await database.StopServerAsync();

        using var unrecorded = await PublishedHost.AskAsync(alice);
        unrecorded.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        unrecorded.Headers.RetryAfter.ShouldNotBeNull();
        (await unrecorded.Content.ReadAsStringAsync()).ShouldContain("the audit trail cannot be written");
        using var forged = await PublishedHost.AskAsync(forger);
        forged.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var hook = await GatewayFixture.GovernAsync(alice, "ls");
        hook.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await hook.Content.ReadAsStringAsync()).ShouldContain("\"permissionDecision\":\"deny\"");
        using var page = await alice.GetAsync("");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);

        await database.StartServerAsync();
        await Condition.HoldsAsync("calls are served again", TimeSpan.FromSeconds(15), async () =>
        {
            using var again = await PublishedHost.AskAsync(alice);
            return again.StatusCode == HttpStatusCode.OK;
        });
    }
}
