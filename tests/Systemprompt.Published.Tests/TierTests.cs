using System.Diagnostics;
using System.Net;

namespace Systemprompt.Published.Tests;

/// <summary>Every tier is limited by the profile's rate and burst, each caller on its own, each process for itself.</summary>
public sealed class TierTests : IAsyncLifetime
{
    private const string Rates =
        """
        rate_limits:
          address: { per_second: 10000, burst: 10000 }
          tiers:
            admin: { per_second: 0.5, burst: 7 }
            user: { per_second: 0.5, burst: 6 }
            mcp: { per_second: 0.5, burst: 5 }
            a2a: { per_second: 0.5, burst: 4 }
            service: { per_second: 0.5, burst: 3 }
            anonymous: { per_second: 0.5, burst: 2 }
        """;

    private TestDatabase _database = null!;
    private PublishedHost _host = null!;
    private HostOptions _options = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _options = new HostOptions { Profile = "limited", Profiles = new Dictionary<string, string> { ["limited"] = new TestProfile { RateLimits = Rates }.ToString() } };
        _host = await PublishedHost.StartAsync(_database, _options);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("admin", 7)]
    [InlineData("user", 6)]
    [InlineData("mcp", 5)]
    [InlineData("a2a", 4)]
    [InlineData("service", 3)]
    [InlineData("anonymous", 2)]
    public async Task A_tier_has_its_burst_and_a_retry_after_that_is_true(string tier, int burst)
    {
        using var client = tier == "anonymous" ? _host.ClientWith(null) : await _host.ClientForAsync($"one-of-{tier}", tier);
        for (var count = 0; count < burst; count++)
        {
            using var passed = await AskAsync(client);
            passed.StatusCode.ShouldBe(HttpStatusCode.OK, $"request {count + 1} of {burst}");
        }

        using var refused = await AskAsync(client);
        var from = Stopwatch.GetTimestamp();

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.GetValues("x-ratelimit-tier").ShouldBe([tier]);
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        wait.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await Condition.HoldsAsync("the limit lets a request pass again", wait + TimeSpan.FromSeconds(0.5), async () =>
        {
            using var again = await AskAsync(client);
            return again.StatusCode == HttpStatusCode.OK;
        });
        // Told in whole seconds, rounded up; a slow machine has used some of it before the answer was read.
        Stopwatch.GetElapsedTime(from).ShouldBeGreaterThan(wait - TimeSpan.FromSeconds(1.5), "a limit that lets pass at once is none");
    }

    [Fact]
    public async Task A_limited_caller_hinders_no_other_and_another_process_counts_for_itself()
    {
        await using var second = await PublishedHost.StartAsync(_database, _options);
        using var alice = await _host.ClientForAsync("alice", "service");
        using var bob = await _host.ClientForAsync("bob", "service");
        using var elsewhere = second.ClientWith(alice.DefaultRequestHeaders.Authorization!.Parameter);
        await ExhaustAsync(alice);

        (await AskAsync(bob)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(elsewhere)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(alice)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_call_over_the_limit_is_refused_in_anthropics_shape_and_has_its_row()
    {
        using var carol = await _host.ClientForAsync("carol", "service");
        await ExhaustAsync(carol);

        using var refused = await PublishedHost.AskAsync(carol);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("\"rate_limit_error\"");
        var shown = (await _host.RunAsync("infra", "audit", "show", GatewayFixture.AuditId(refused), "--json")).Succeeded().Json();
        shown.GetProperty("status").GetString().ShouldBe("limit");
    }

    [Fact]
    public async Task The_hook_door_answers_a_limit_by_a_denial()
    {
        using var dora = await _host.ClientForAsync("dora", "service");
        await ExhaustAsync(dora);

        using var answer = await GatewayFixture.GovernAsync(dora, "ls");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("\"permissionDecision\":\"deny\"");
    }

    private static async Task ExhaustAsync(HttpClient client)
    {
        HttpStatusCode status;
        do
        {
            using var answer = await AskAsync(client);
            status = answer.StatusCode;
        }
        while (status == HttpStatusCode.OK);
        status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    /// <summary>A request that every tier may make.</summary>
    private static Task<HttpResponseMessage> AskAsync(HttpClient client) => client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "api/hello"));
}
