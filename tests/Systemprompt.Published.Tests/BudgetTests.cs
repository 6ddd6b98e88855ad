using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Budgets of the published file, over several processes: never exceeded, and exact by the audit trail.</summary>
[Collection(Alone.Name)]
public sealed class BudgetTests(ITestOutputHelper output)
{
    private const string Prices = "prices: { echo: { input: 3000000, output: 15000000 } }";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Three_replicas_keep_a_budget_while_one_is_killed_and_the_report_is_what_the_trail_says()
    {
        const long Limit = 40_000;
        await using var database = await TestDatabase.CreateAsync();
        var options = Options($$"""
            budgets: { lease: 3s, heartbeat: 200ms, limits: { all: { per: tenant, window: month, microdollars: {{Limit}} }, each: { per: user, window: day, tokens: 100000000 } } }
            """);
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        await using var three = await PublishedHost.StartAsync(database, options);
        PublishedHost[] hosts = [one, two, three];
        var token = await one.TokenAsync();
        var clients = hosts.Select(host => host.ClientWith(token)).ToArray();
        var (answered, refused) = (0, new int[3]);
        using var end = new CancellationTokenSource(Long);

        var load = Enumerable.Range(0, 12).Select(number => Task.Run(async () =>
        {
            // Until the budget is used up as seen by this client's host, several times in a row.
            for (var call = 0; refused[number % 3] < 40 && !end.IsCancellationRequested; call++)
            {
                try
                {
                    using var answer = await GatewayFixture.CallAsync(clients[number % 3], "echo", $"call {call} of {number}", stream: call % 3 == 0);
                    await answer.Content.ReadAsStringAsync();
                    if (answer.StatusCode == HttpStatusCode.OK) Interlocked.Increment(ref answered);
                    else if (answer.StatusCode == HttpStatusCode.TooManyRequests) Interlocked.Increment(ref refused[number % 3]);
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException or System.Net.Sockets.SocketException)
                {
                    // The one that was killed.
                    return;
                }
            }
        })).ToArray();
        await Condition.HoldsAsync("calls are answered", Long, () => Task.FromResult(Volatile.Read(ref answered) > 120));
        await three.KillAsync();
        await Task.WhenAll(load);

        await Condition.HoldsAsync("what the dead one held is settled", Long, async () =>
            await database.ScalarAsync<bool>("select (select count(*) from budgets.replicas) = 2 and (select sum(leased) = 0 from budgets.windows where budget = 'all') and not exists (select from ai.requests where status = 'open')"));
        var spent = await database.ScalarAsync<long>("select sum(cost_microdollars)::bigint from ai.requests where status <> 'refused'");
        var usage = (await one.RunAsync("admin", "budgets", "usage", "all", "--json")).Succeeded().Json().EnumerateArray().ShouldHaveSingleItem();
        var (used, assumed) = (usage.GetProperty("used").GetInt64(), usage.GetProperty("assumed").GetInt64());
        output.WriteLine($"{answered} answered; {spent} microdollars in the trail, {used} in the report, {assumed} of them assumed, of {Limit}");
        (used - assumed).ShouldBe(spent);
        used.ShouldBeInRange(Limit * 8 / 10, Limit);
        var counted = await database.ScalarAsync<long>("select count(*) from ai.requests where status = 'completed' or usage_unknown");
        usage.GetProperty("calls").GetInt64().ShouldBe(counted);
        var each = (await two.RunAsync("admin", "budgets", "usage", "each", "--key", "alice", "--json")).Succeeded().Json().EnumerateArray().Single();
        (each.GetProperty("used").GetInt64() - each.GetProperty("assumed").GetInt64()).ShouldBe(await database.ScalarAsync<long>("select sum(input_tokens + output_tokens)::bigint from ai.requests where status <> 'refused'"));
        (await one.RunAsync("infra", "audit", "verify")).Succeeded();
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task A_budget_set_on_one_process_counts_on_another_and_says_what_is_left_and_why_not()
    {
        await using var database = await TestDatabase.CreateAsync();
        var options = Options("budgets: { limits: { profiles: { per: tenant, window: day, requests: 1000 } } }");
        await using var one = await PublishedHost.StartAsync(database, options);
        await using var two = await PublishedHost.StartAsync(database, options);
        using var admin = await one.ClientForAsync("ann", "admin");
        using var alice = two.ClientWith(await one.TokenAsync());
        using (var first = await GatewayFixture.CallAsync(alice, "echo"))
        {
            first.Headers.GetValues("x-budget-limit-requests").ShouldBe(["1000"]);
            first.Headers.GetValues("x-budget-remaining-requests").ShouldBe(["999"]);
            first.Headers.GetValues("x-budget-reset-requests").Single().ShouldEndWith("T00:00:00Z");
        }

        (await admin.PutAsJsonAsync("api/v1/budgets/trial", new { per = "user", window = "month", microdollars = 1500, of = new[] { "alice" } })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Condition.HoldsAsync("the other process refuses", TimeSpan.FromSeconds(2), async () =>
        {
            using var answer = await GatewayFixture.CallAsync(alice, "echo", new string('a', 1500));
            return answer.StatusCode == HttpStatusCode.TooManyRequests;
        });

        using var refused = await GatewayFixture.CallAsync(alice, "echo", new string('a', 1500));
        refused.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        var error = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        error.GetProperty("type").GetString().ShouldBe("rate_limit_error");
        error.GetProperty("message").GetString()!.ShouldStartWith("budget trial of user alice is used up: $0.00 of $0.0015, and this call may take $");
        var id = GatewayFixture.AuditId(refused);
        (await database.ColumnAsync<string>($"select verdict || ' ' || policy from governance.decisions where id = '{id}'")).ShouldBe(["limit budget"]);
        (await database.ColumnAsync<string>($"select status || ' ' || error from ai.requests where id = '{id}'")).ShouldBe(["refused budget_exhausted"]);
        using (var bob = two.ClientWith(await one.TokenAsync("user", "bob"))) (await GatewayFixture.CallAsync(bob, "echo", new string('a', 1500))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var small = await GatewayFixture.CallAsync(alice, "echo", "a")) small.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var wrong = await admin.PutAsync("api/v1/budgets/trial", new StringContent("""{"per":"user","window":"month","requests":1,"tokens":-2}""", Encoding.UTF8, "application/json"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await wrong.Content.ReadAsStringAsync()).ShouldContain("needs one amount: requests, tokens or microdollars; tokens must lie between 0 and");
        (await admin.DeleteAsync("api/v1/budgets/profiles")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await admin.DeleteAsync("api/v1/budgets/none")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await one.RunAsync("admin", "budgets", "list", "--json")).Succeeded().Json().EnumerateArray().Select(budget => $"{budget.GetProperty("name")} {budget.GetProperty("enabled")} {budget.GetProperty("source")}")
            .ShouldBe(["profiles False live, in place of the profile's", "trial True live"]);
        (await one.RunAsync("admin", "budgets", "reset", "profiles")).Succeeded();
        (await one.RunAsync("admin", "budgets", "history", "profiles", "--json")).Succeeded().Json().EnumerateArray().Select(change => $"{change.GetProperty("change")} {change.GetProperty("by_whom")}").ShouldBe(["reset cli", "removed ann"]);
        var run = await one.RunAsync("admin", "budgets", "set", "trial", "--per", "user", "--window", "day", "--dollars", "1,5");
        (run.ExitCode, run.Error.Trim()).ShouldBe((2, "--dollars 1,5: write an amount such as 12.50, with six digits behind the point at most"));
    }

    [Fact]
    public async Task With_the_database_away_calls_end_and_afterwards_every_total_is_exact()
    {
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var host = await PublishedHost.StartAsync(database, Options("budgets: { lease: 4s, heartbeat: 200ms, limits: { all: { per: tenant, window: month, tokens: 100000 } } }"));
        using var alice = await host.ClientForAsync("alice");
        for (var call = 0; call < 20; call++) (await PublishedHost.AskAsync(alice)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await database.StopServerAsync("QUIT");
        await Condition.HoldsAsync("a call is refused", Long, async () =>
        {
            using var answer = await PublishedHost.AskAsync(alice);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        await Condition.HoldsAsync("health says so", Long, async () =>
        {
            using var health = await host.Client.GetAsync("api/v1/health");
            var text = await health.Content.ReadAsStringAsync();
            return text.Contains("budgets are spent from what this replica holds", StringComparison.Ordinal) || text.Contains("calls that count on budgets are refused", StringComparison.Ordinal);
        });
        await database.StartServerAsync();
        await Condition.HoldsAsync("calls are answered again", Long, async () =>
        {
            using var answer = await PublishedHost.AskAsync(alice);
            return answer.StatusCode == HttpStatusCode.OK;
        });

        await Condition.HoldsAsync("the report is what the trail says", Long, async () => await database.ScalarAsync<bool>(
            "select (select sum(spent - assumed) from budgets.windows) = (select sum(input_tokens + output_tokens) from ai.requests where status <> 'refused') and not exists (select from ai.requests where status = 'open')"));
    }

    private static HostOptions Options(string budgets) => new()
    {
        Profile = "budgets",
        Profiles = new Dictionary<string, string> { ["budgets"] = new TestProfile { More = budgets }.ToString().Replace("wire: echo, models: [echo]", $"wire: echo, models: [echo], {Prices}", StringComparison.Ordinal) },
    };
}
