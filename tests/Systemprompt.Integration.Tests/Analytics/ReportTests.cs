using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Analytics;

public sealed class ReportTests
{
    [Fact]
    public async Task Costs_are_told_apart_by_model_user_day_provider_team_key_and_project()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(
            """
            insert into users.users (tenant, login, kind, tier) values ('tests', 'ann', 'person', 'user'), ('tests', 'bob', 'person', 'user'), ('tests', 'cat', 'person', 'user');
            insert into users.teams (tenant, name) values ('tests', 'red'), ('tests', 'blue');
            insert into users.members (tenant, team, login) values ('tests', 'red', 'ann'), ('tests', 'blue', 'ann'), ('tests', 'blue', 'bob');
            insert into ai.requests_opened (id, opened_at, tenant, tier, provider, model, stream, request_bytes, writer, seq, hash, user_id, project, token_id)
            select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now() - n * interval '1 day', 'tests', 'user', 'p' || n % 2, 'm' || n % 2, true, 9, gen_random_uuid(), n, '', (array['ann', 'bob', 'cat', null])[1 + n], (array['apollo', 'apollo', 'gemini', null])[1 + n], (array['sp_aaaaaaaaaa', 'a token', 'sp_bbbbbbbbbb', 'sp_aaaaaaaaaa'])[1 + n]
              from generate_series(0, 3) n;
            insert into ai.requests_settled (id, opened_at, completed_at, status, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, usage_unknown, usage_estimated,
                   cost_microdollars, cost_unknown, response_bytes, writer, seq, hash)
            select id, opened_at, opened_at, 'completed', 0, 0, 0, 0, 0, false, false, 10 ^ seq, false, 9, gen_random_uuid(), seq, '' from ai.requests_opened;
            """);

        (await CostsAsync("model")).ShouldBe("m1 1010, m0 101");
        (await CostsAsync("provider")).ShouldBe("p1 1010, p0 101");
        (await CostsAsync("user")).ShouldBe("null 1000, cat 100, bob 10, ann 1");
        (await CostsAsync("team")).ShouldBe("null 1100, blue 11, red 1");
        (await CostsAsync("project")).ShouldBe("null 1000, gemini 100, apollo 11");
        (await CostsAsync("key")).ShouldBe("sp_aaaaaaaaaa 1001, sp_bbbbbbbbbb 100, null 10");
        (await CostsAsync("day")).ShouldMatch(@"\d{4}-\d\d-\d\d 1000, \S+ 100, \S+ 10, \S+ 1$");
        (await CostsAsync("user", "--limit", "1", "--days", "3")).ShouldBe("cat 100");
        var report = (await site.RunAsync("costs", "--by", "team", "--days", "4", "--json")).Json;
        report.GetProperty("total").GetProperty("cost_microdollars").GetInt64().ShouldBe(1111);
        report.GetProperty("rows")[1].GetProperty("trend").EnumerateArray().Select(value => value.GetInt64()).ShouldBe([0, 0, 10, 1]);
        var table = (await site.RunAsync("costs", "--by", "user", "--limit", "2")).Out;
        table.ShouldContain("Costs of model calls by user");
        table.ShouldContain("$0.0010");
        table.ShouldContain("total");
        table.ShouldContain("▁▁▁█▁▁▁");

        async Task<string> CostsAsync(string by, params string[] more) => string.Join(", ", (await site.RunAsync(["costs", "--by", by, "--json", .. more])).Json.GetProperty("rows").EnumerateArray()
            .Select(row => $"{row.GetProperty(by).GetString() ?? "null"} {row.GetProperty("cost_microdollars").GetInt64()}"));
    }

    [Fact]
    public async Task The_overview_compares_with_the_time_before_and_shows_figures_of_other_extensions()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(
            """
            insert into analytics.requests (at, tenant, method, route, path, status, duration_us, tier, trace)
            select now() - n * interval '1 day', 'tests', 'GET', '/', '/', 200, 5, 'anonymous', 't' from generate_series(0, 5) n, generate_series(1, 10 - n) m
            """);

        var lines = (await site.RunAsync("overview", "--days", "2", "--json")).Json.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);
        var requests = lines["analytics.requests.requests"];
        requests.GetProperty("total").GetInt64().ShouldBe(19);
        requests.GetProperty("before").GetInt64().ShouldBeInRange(7, 15);
        requests.GetProperty("trend").EnumerateArray().Select(value => value.GetInt64()).ShouldBe([9, 10]);
        lines["shop.orders.orders"].GetProperty("total").GetInt64().ShouldBeGreaterThanOrEqualTo(24);
        lines["shop.orders.orders"].GetProperty("title").GetString().ShouldBe("Orders");
        (await site.RunAsync("overview")).Out.ShouldContain("AI sessions");
        (await site.RunAsync("overview", "--csv")).Out.ShouldStartWith("name,total,before\r\nanalytics.requests.requests,");
        (await site.RunAsync("show", "shop.orders", "--json")).Json.GetProperty("rows")[0].GetProperty("customer").GetString().ShouldBe("customer tests");
        (await site.RunAsync("sources")).Out.ShouldContain("shop.orders");
        (await site.Commands.RunAsync("extensions", "show", "shop")).Succeeded().Out.ShouldContain("orders, paid_microdollars by customer");
    }

    [Fact]
    public async Task Administrators_have_the_same_reports_over_HTTP_and_nobody_else()
    {
        await using var site = await Site.StartAsync();
        using var admin = site.Client("root", Tier.Admin);
        using var user = site.Client("alice");
        await user.GetAsync("api/v1/ping");
        await site.WrittenAsync(1);

        (await user.GetAsync("api/v1/analytics/overview")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        foreach (var report in new[] { "overview", "requests", "costs", "tools", "agents", "sessions", "content", "traffic", "show/ai.calls" })
        {
            (await admin.GetFromJsonAsync<JsonElement>($"api/v1/analytics/{report}?days=3")).TryGetProperty("rows", out _).ShouldBeTrue(report);
            using var csv = await admin.GetAsync($"api/v1/analytics/{report}?format=csv");
            csv.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv", report);
        }

        var (over, typed) = (await admin.GetFromJsonAsync<JsonElement>("api/v1/analytics/requests?by=user"), (await site.RunAsync("requests", "--by", "user", "--json")).Json);
        over.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("user").GetString()).ShouldContain("alice");
        typed.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("user").GetString()).ShouldContain("alice");
        using var accepts = new HttpRequestMessage(HttpMethod.Get, "api/v1/analytics/requests") { Headers = { { "Accept", "text/csv" } } };
        using var answer = await admin.SendAsync(accepts);
        (await answer.Content.ReadAsStringAsync()).ShouldStartWith("route,requests,errors,refused,duration_us,bytes\r\n/api/v1/");
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/analytics/sources")).EnumerateArray().Count().ShouldBe(6);
        foreach (var (query, status) in new[] { ("requests?by=nothing", 400), ("requests?days=0", 400), ("requests?format=xml", 400), ("show/no.such", 404), ("overview?by=day", 400), ("overview?until=0001-01-01T00:00Z", 400), ("overview?since=9999-12-31T00:00Z", 400) })
            ((int)(await admin.GetAsync($"api/v1/analytics/{query}")).StatusCode).ShouldBe(status, query);
    }

    [Fact]
    public async Task A_source_that_fails_costs_the_overview_its_own_line_and_rows_that_are_gone_the_comparison()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(
            """
            insert into analytics.rolled (tenant, source, day, rows) values ('tests', 'analytics.requests', (now() at time zone 'utc')::date - 2, 1);
            insert into analytics.daily (tenant, source, day, dimensions, measures) values ('tests', 'analytics.requests', (now() at time zone 'utc')::date - 2, '{}', '{"requests": 5}');
            alter view governance.decisions rename to gone;
            """);

        var lines = (await site.RunAsync("overview", "--days", "2", "--json")).Json.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);

        lines["governance.decisions.decisions"].GetProperty("failed").GetString()!.ShouldContain("does not exist");
        lines["ai.calls.calls"].GetProperty("failed").ValueKind.ShouldBe(JsonValueKind.Null);
        lines["analytics.requests.requests"].GetProperty("before").ValueKind.ShouldBe(JsonValueKind.Null);
        lines["analytics.sessions.sessions.user"].GetProperty("before").GetInt64().ShouldBe(0);
        (await site.RunAsync("overview")).Out.ShouldContain("failed");
    }

    [Fact]
    public async Task A_wrong_call_says_what_is_wrong()
    {
        await using var site = await Site.StartAsync();
        foreach (var (call, message) in new Dictionary<string, string>
        {
            ["requests --by rout"] = "--by: 'rout' is none of route, method, status, refusal, tier, user, client, bot, day, team; did you mean 'route'?",
            ["costs --days 3 --since 2d"] = "--days: days and since both",
            ["tools --since 2026-01-02 --until 2026-01-01"] = "--since: 2026-01-02 00:00Z is not before",
            ["content --limit 0"] = "--limit: 0 is not",
            ["traffic --csv --json"] = "--csv and --json",
            ["show ai.call"] = "there is no source of figures 'ai.call' in this binary; did you mean 'ai.calls'?",
        })
        {
            var run = await site.Commands.RunAsync(["analytics", .. call.Split(' ')]);

            run.Code.ShouldBe(2, call);
            run.Error.ShouldStartWith(message);
        }
    }
}
