using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Npgsql;

namespace Systemprompt.Published.Tests;

/// <summary>Sessions and analytics of the published file: its site and API over HTTP, its reports by its commands.</summary>
[Collection(Alone.Name)]
public sealed class AnalyticsTests : IAsyncLifetime
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    private const string Googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

    private TestDatabase _database = null!;
    private PublishedHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _host = await PublishedHost.StartAsync(_database, new HostOptions { Profile = "open", Profiles = new Dictionary<string, string> { ["open"] = new TestProfile().ToString() } });
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_requests_make_no_write_on_their_path_and_have_their_rows_within_five_seconds()
    {
        using var browser = Browser(Firefox);
        using var alice = await _host.ClientForAsync("alice");
        (await browser.GetAsync("")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await WrittenAsync(1);
        await using var connection = await _database.ConnectAsync();
        await using (var locks = await connection.BeginTransactionAsync())
        {
            // Whoever wrote here now would not be answered.
            await ExecuteAsync(connection, "lock table analytics.requests, analytics.sessions, analytics.salts, analytics.daily, analytics.rolled in access exclusive mode");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = limit.Token }, async (number, token) =>
            {
                using var answer = number % 2 == 0 ? await browser.GetAsync("", token) : await alice.GetAsync("api/v1/me", token);
                answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            });
            await using var count = new NpgsqlCommand("select count(*) from analytics.requests", connection);
            (await count.ExecuteScalarAsync()).ShouldBe(1L);
            await locks.CommitAsync();
        }

        var free = Stopwatch.GetTimestamp();
        await WrittenAsync(1001);

        Stopwatch.GetElapsedTime(free).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        var routes = (await ReportAsync("requests")).GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("route").GetString()!, row => row.GetProperty("requests").GetInt64());
        (routes["/"], routes["/api/v1/me"]).ShouldBe((501, 500));
        (await ReportAsync("content")).GetProperty("total").GetProperty("views").GetInt64().ShouldBe(501);
        (await ReportAsync("traffic")).GetProperty("total").GetProperty("sessions").GetInt64().ShouldBe(1);
        (await ReportAsync("sessions", "--by", "kind,user")).GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty("kind")} {row.GetProperty("user")} {row.GetProperty("requests")}")
            .ShouldBe(["user alice 500", "visitor  501"], ignoreOrder: true);
        var overview = (await ReportAsync("overview")).GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!, row => row.GetProperty("total").GetInt64());
        (overview["analytics.requests.requests"], overview["analytics.pages.views"], overview["analytics.sessions.sessions.visitor"]).ShouldBe((1001, 501, 1));
        (await _host.RunAsync("analytics", "overview")).Succeeded().Output.ShouldContain("█");
    }

    [Fact]
    public async Task Sums_of_days_equal_the_raw_rows_of_every_source()
    {
        using var browser = Browser(Firefox);
        using var alice = Browser("claude-cli/2.1.3 (external, cli)", await _host.TokenAsync());
        alice.DefaultRequestHeaders.Add("x-claude-code-session-id", "conversation-1");
        for (var number = 0; number < 5; number++)
        {
            (await browser.GetAsync("")).Dispose();
            (await PublishedHost.AskAsync(alice)).Dispose();
            (await GatewayFixture.GovernAsync(alice, "ls")).Dispose();
        }

        await Condition.HoldsAsync("all is written", TimeSpan.FromSeconds(5), async () => await _database.ScalarAsync<long>("select coalesce(sum(requests), 0)::bigint from analytics.sessions") == 15);
        // What happened today, as if it had been yesterday, around the clock.
        await _database.ExecuteAsync(
            """
            insert into analytics.requests (at, tenant, method, route, path, status, duration_us, bytes, tier, login, session, client, version, bot, trace)
            select date_trunc('day', at, 'UTC') - n * interval '1 hour', tenant, method, route, path, status, duration_us, bytes, tier, login, session, client, version, bot, trace from analytics.requests, generate_series(1, 24) n;
            insert into analytics.sessions
            select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'started_at', date_trunc('day', started_at, 'UTC') - n * interval '1 hour', 'last_at', date_trunc('day', started_at, 'UTC')))).*
              from analytics.sessions s, generate_series(1, 24) n;
            insert into ai.requests_opened select (jsonb_populate_record(o, jsonb_build_object('opened_at', date_trunc('day', opened_at, 'UTC') - n * interval '1 hour'))).* from ai.requests_opened o, generate_series(1, 24) n;
            insert into ai.requests_settled
            select (jsonb_populate_record(s, jsonb_build_object('opened_at', date_trunc('day', opened_at, 'UTC') - n * interval '1 hour', 'completed_at', date_trunc('day', opened_at, 'UTC')))).* from ai.requests_settled s, generate_series(1, 24) n;
            insert into governance.hook_decisions
            select (jsonb_populate_record(d, jsonb_build_object('decided_at', date_trunc('day', decided_at, 'UTC') - n * interval '1 hour'))).* from governance.hook_decisions d, generate_series(1, 24) n;
            """);
        var sources = (await _host.RunAsync("analytics", "sources", "--json")).Succeeded().Json().EnumerateArray().ToList();
        var raw = await EverythingAsync();

        for (var time = 0; time < 2; time++)
        {
            (await _host.RunAsync("infra", "jobs", "run", "analytics.rollup")).Succeeded();
            (await EverythingAsync()).ShouldBe(raw);
        }

        (await CountAsync("select sum((measures->>'requests')::bigint)::bigint from analytics.daily where source = 'analytics.requests'")).ShouldBe(await CountAsync("select count(*) from analytics.requests where at < date_trunc('day', now(), 'UTC')"));
        (await CountAsync("select sum((measures->>'calls')::bigint)::bigint from analytics.daily where source = 'ai.calls'")).ShouldBe(5 * 24);
        (await CountAsync("select sum((measures->>'tool_calls')::bigint)::bigint from analytics.daily where source = 'governance.decisions'")).ShouldBe(5 * 24);
        (await CountAsync("select sum((measures->>'sessions')::bigint)::bigint from analytics.daily where source = 'analytics.sessions'")).ShouldBe(3 * 24);
        foreach (var report in new[] { "requests", "costs", "tools", "agents", "sessions", "content", "traffic" })
            (await _host.RunAsync("analytics", report, "--days", "2", "--csv")).Succeeded().Output.Split("\r\n").Length.ShouldBeGreaterThan(1, report);
        (await ReportAsync("costs", "--by", "model")).GetProperty("rows").EnumerateArray().ShouldHaveSingleItem().GetProperty("calls").GetInt64().ShouldBe(125);
        var agent = (await ReportAsync("agents")).GetProperty("rows").EnumerateArray().ShouldHaveSingleItem();
        $"{agent.GetProperty("client")} {agent.GetProperty("version")} {agent.GetProperty("sessions")} {agent.GetProperty("model_calls")} {agent.GetProperty("tool_calls")}".ShouldBe("Claude Code 2.1.3 50 125 125");

        async Task<IReadOnlyList<string>> EverythingAsync()
        {
            var all = new List<string>();
            foreach (var source in sources)
            {
                var by = string.Join(',', source.GetProperty("dimensions").EnumerateArray().Select(name => name.GetString()).Prepend("day"));
                all.Add((await _host.RunAsync("analytics", "show", source.GetProperty("name").GetString()!, "--by", by, "--since", $"{Today.AddDays(-1):yyyy-MM-dd}", "--until", $"{Today:yyyy-MM-dd}", "--csv")).Succeeded().Output);
                all[^1].ShouldContain("\r\n");
            }

            return all;
        }
    }

    [Fact]
    public async Task A_bot_is_marked_no_visitor_gets_a_cookie_and_a_stop_loses_nothing()
    {
        using var browser = Browser(Firefox);
        using var bot = Browser(Googlebot);
        foreach (var client in new[] { browser, bot, browser, bot, bot })
        {
            using var page = await client.GetAsync("");
            page.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }

        (await _host.StopAsync()).ShouldBe(0);

        (await _database.ScalarAsync<string>("select string_agg(distinct coalesce(bot, 'nobody'), ' ' order by coalesce(bot, 'nobody')) from analytics.requests where path = '/'")).ShouldBe("Googlebot nobody");
        (await CountAsync("select count(*) from analytics.requests")).ShouldBe(5);
        (await ReportAsync("content")).GetProperty("total").GetProperty("views").GetInt64().ShouldBe(2);
        (await ReportAsync("content", "--bots")).GetProperty("total").GetProperty("views").GetInt64().ShouldBe(5);
        foreach (var table in new[] { "requests", "sessions", "salts", "daily" })
            string.Join('\n', await _database.ColumnAsync<string>($"select t::text from analytics.{table} t")).ShouldNotContain("127.0.0", customMessage: table);
    }

    private static DateTime Today => TimeProvider.System.GetUtcNow().UtcDateTime.Date;

    private HttpClient Browser(string agent, string? token = null)
    {
        var client = _host.ClientWith(token);
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        return client;
    }

    private async Task<JsonElement> ReportAsync(string report, params string[] more) => (await _host.RunAsync(["analytics", report, "--json", .. more])).Succeeded().Json();

    private Task<long> CountAsync(string sql) => _database.ScalarAsync<long>(sql);

    private Task WrittenAsync(long rows) => Condition.HoldsAsync($"{rows} requests are written", TimeSpan.FromSeconds(10), async () => await CountAsync("select count(*) from analytics.requests") == rows);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
