using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Systemprompt.Http;

namespace Systemprompt.Integration.Tests.Analytics;

public sealed class RecordingTests
{
    [Fact]
    public async Task A_thousand_requests_ask_nothing_of_the_database_and_have_their_rows_within_five_seconds()
    {
        await using var site = await Site.StartAsync();
        using var browser = site.Browser();
        using var alice = site.Client("alice", session: "s-1");
        await WarmAsync(alice);
        var commands = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Npgsql",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            // Whatever is done for a request carries it along, also on another thread.
            ActivityStarted = activity =>
            {
                if (CurrentRequest.Context is { } request) commands.Enqueue($"{request.Request.Path}: {activity.DisplayName}");
            },
        };
        ActivitySource.AddActivityListener(listener);

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, token) =>
        {
            using var answer = number % 2 == 0 ? await browser.GetAsync($"blog/post-{number % 10}", token) : await alice.GetAsync("api/v1/ping", token);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        });
        var answered = Stopwatch.GetTimestamp();
        await site.WrittenAsync(1001);

        Stopwatch.GetElapsedTime(answered).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        commands.ShouldBeEmpty();
        (await site.Database.ScalarAsync<string>("select string_agg(kind || ' ' || requests || ' ' || views, ', ' order by kind) from analytics.sessions")).ShouldBe("user 501 0, visitor 500 500");
        (await site.Database.ScalarAsync<long>("select count(*) from analytics.requests r join analytics.sessions s on s.id = r.session")).ShouldBe(1001);

        async Task WarmAsync(HttpClient client)
        {
            (await client.GetAsync("api/v1/ping")).StatusCode.ShouldBe(HttpStatusCode.OK);
            await site.WrittenAsync(1);
        }
    }

    [Fact]
    public async Task What_a_row_says_and_what_it_does_not()
    {
        await using var site = await Site.StartAsync();
        using var browser = site.Browser();
        using var alice = site.Client("alice");
        using (var request = new HttpRequestMessage(HttpMethod.Get, "blog/hello?secret=1") { Headers = { Referrer = new Uri("https://news.example.com/item?id=7") } })
        using (var answer = await browser.SendAsync(request)) answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        await browser.GetAsync("invited/0123456789abcdef");
        await browser.GetAsync("style.css");
        await browser.GetAsync("nothing/here");
        await browser.GetAsync("api/v1/ping");
        await browser.SendAsync(new HttpRequestMessage(new HttpMethod("FROB"), "blog/hello"));
        await alice.GetAsync("api/v1/broken");
        await browser.GetAsync("api/v1/health");
        await site.WrittenAsync(7);

        (await RowsAsync(site)).ShouldBe(
        [
            "FROB→other - 405 - -", "GET /api/v1/broken 500 - alice", "GET /api/v1/ping 401 token_missing -", "GET /blog/{slug} 200 /blog/hello from news.example.com -",
            "GET /invited/{code} 200 /invited/{code} -", "GET /style.css 200 - -", "GET - 404 - -",
        ], ignoreOrder: true);
        (await site.Database.ScalarAsync<string>("select r::text from analytics.requests r where status = 200 and path = '/blog/hello'")).ShouldNotContain("127.0.0");
        (await site.Database.ScalarAsync<long>("select count(*) from analytics.sessions where kind = 'visitor'")).ShouldBe(1);
        (await site.Database.ScalarAsync<string>("select concat_ws(' ', entry, leave, referrer, client, version, requests, views) from analytics.sessions where kind = 'visitor'"))
            .ShouldBe("/blog/hello /invited/{code} news.example.com Firefox 140 2 2");
        (await site.Database.ScalarAsync<string>("select concat_ws(' ', login, errors, client, version) from analytics.sessions where kind = 'user'")).ShouldBe("alice 1 Claude Code 2.1.3");

        static async Task<IReadOnlyList<string>> RowsAsync(Site site)
        {
            var all = await site.Database.ScalarAsync<string[]>(
                """
                select array_agg(case method when 'other' then 'FROB→other' else method end || ' ' || coalesce(case when status = 405 then null else route end, '-') || ' ' || status || ' '
                       || case when path is not null then path || coalesce(' from ' || referrer, '') when refusal like 'token%' then refusal else '-' end || ' ' || coalesce(login, '-'))
                  from analytics.requests
                """);
            return all;
        }
    }

    [Fact]
    public async Task A_bot_is_marked_and_who_asks_not_to_be_tracked_has_no_session()
    {
        await using var site = await Site.StartAsync();
        using var bot = site.Browser(Site.Googlebot);
        using var silent = site.Browser("");
        using var browser = site.Browser();
        await bot.GetAsync("");
        await silent.GetAsync("");
        foreach (var wish in new[] { "DNT", "Sec-GPC" })
            await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, "blog/private") { Headers = { { wish, "1" }, { "Referer", "https://news.example.com/" } } });
        await browser.GetAsync("");
        await site.WrittenAsync(5);

        (await site.Database.ScalarAsync<string>("select string_agg(coalesce(bot, '-') || ' ' || coalesce(client, '-') || ' ' || coalesce(referrer, '-'), ', ' order by bot, path) from analytics.requests"))
            .ShouldBe("Googlebot Googlebot -, unnamed - -, - Firefox -, - - -, - - -");
        (await site.Database.ScalarAsync<string>("select string_agg(coalesce(bot, '-'), ', ' order by bot) from analytics.sessions")).ShouldBe("Googlebot, unnamed, -");
        Views(await site.RunAsync("content", "--json")).ShouldBe("/blog/private 2, / 1");
        Views(await site.RunAsync("content", "--bots", "--json")).ShouldBe("/ 3, /blog/private 2");
        (await site.RunAsync("traffic", "--json")).Json.GetProperty("total").GetProperty("sessions").GetInt64().ShouldBe(1);
        (await site.RunAsync("traffic", "--bots", "--json")).Json.GetProperty("total").GetProperty("sessions").GetInt64().ShouldBe(3);

        static string Views(CommandResult run) =>
            string.Join(", ", run.Json.GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty("path").GetString()} {row.GetProperty("views").GetInt64()}"));
    }

    [Fact]
    public async Task Where_the_profile_says_so_a_visitor_gets_a_cookie_and_is_known_by_it()
    {
        await using var site = await Site.StartAsync(1, ("VISITOR_COOKIE", "on"));
        using var browser = site.Browser();
        using var other = site.Browser("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15");
        using var first = await browser.GetAsync("");
        var cookie = first.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        cookie.ShouldContain("; httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=lax", Case.Insensitive);
        var pair = cookie.Split(';')[0];
        foreach (var client in new[] { browser, other })
        {
            using var again = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "") { Headers = { { "Cookie", pair } } });
            again.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }

        using (var refused = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, "") { Headers = { { "Sec-GPC", "1" } } })) refused.Headers.Contains("Set-Cookie").ShouldBeFalse();
        using (var style = await browser.GetAsync("style.css")) style.Headers.Contains("Set-Cookie").ShouldBeFalse();
        using (var forged = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, "") { Headers = { { "Cookie", "visitor=me" } } })) forged.Headers.Contains("Set-Cookie").ShouldBeTrue();
        await site.WrittenAsync(6);

        (await site.Database.ScalarAsync<string>("select string_agg(views::text, ' ' order by views desc) from analytics.sessions where kind = 'visitor'")).ShouldBe("3 1");
    }

    [Fact]
    public async Task An_AI_clients_calls_and_hooks_are_one_session_and_have_no_second_rows()
    {
        await using var site = await Site.StartAsync();
        using var claude = site.Client("alice");
        using var script = site.Client("alice", agent: "curl/8.5.0");
        await Site.GovernAsync(script, "c-1");
        for (var call = 0; call < 3; call++) await Site.AskAsync(claude, "c-1");
        await Site.AskAsync(claude, "c-2");
        await Site.AskAsync(script);
        using (var nobody = site.Browser()) (await nobody.GetAsync("v1/models")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await site.Database.UntilAsync("select count(*) = 3 and sum(requests) = 6 from analytics.sessions");

        (await site.Database.ScalarAsync<string>("select string_agg(concat_ws(' ', coalesce(conversation, '-'), login, client, version, model_calls, tool_calls), ', ' order by conversation) from analytics.sessions where kind = 'client'"))
            .ShouldBe("c-1 alice Claude Code 2.1.3 3 1, c-2 alice Claude Code 2.1.3 1 0, - alice curl 8.5.0 1 0");
        (await site.Database.ScalarAsync<long>("select count(*) from analytics.requests")).ShouldBe(0);
        var agents = (await site.RunAsync("agents", "--json")).Json.GetProperty("rows").EnumerateArray()
            .Select(row => $"{row.GetProperty("client").GetString()} {row.GetProperty("version").GetString()} {row.GetProperty("sessions").GetInt64()} {row.GetProperty("model_calls").GetInt64()} {row.GetProperty("tool_calls").GetInt64()}");
        agents.ShouldBe(["Claude Code 2.1.3 2 4 1", "curl 8.5.0 1 1 0"]);
        (await site.RunAsync("tools", "--by", "tool,user", "--csv")).Out.ShouldBe("tool,user,tool_calls,denied,limited\r\nRead,alice,1,0,0\n");
    }
}
