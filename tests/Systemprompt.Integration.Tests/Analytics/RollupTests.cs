using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Analytics;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Analytics;

public sealed class RollupTests
{
    /// <summary>Ten days of everything, up to this moment.</summary>
    private const string Days =
        """
        insert into analytics.requests (at, tenant, method, route, path, status, duration_us, bytes, tier, login, client, bot, trace)
        select now() - n * interval '37 minutes', 'tests', 'GET', '/r' || n % 7, case when n % 3 = 0 then '/p' || n % 5 end, (array[200, 200, 404, 500])[1 + n % 4], n * 10, case when n % 2 = 0 then n end, 'user',
               case when n % 3 <> 0 then 'user' || n % 4 end, 'c', case when n % 11 = 0 then 'Googlebot' end, 't'
          from generate_series(0, 400) n;
        insert into analytics.sessions (id, started_at, last_at, tenant, kind, key, login, client, version, requests, errors, views, model_calls, tool_calls)
        select gen_random_uuid(), at, at + interval '30 seconds', 'tests', (array['visitor', 'user', 'client'])[1 + n % 3], gen_random_uuid(), 'user' || n % 4, 'c', n % 2, n, n % 2, n % 5, n % 7, n % 3
          from (select n, now() - n * interval '41 minutes' as at from generate_series(0, 350) n) each;
        insert into ai.requests_opened (id, opened_at, tenant, tier, client, provider, model, stream, request_bytes, writer, seq, hash, user_id)
        select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now() - n * interval '29 minutes', 'tests', 'user', 'claude-cli/2.' || n % 2 || ' (external, cli)', 'p', 'model-' || n % 3, true, 9,
               gen_random_uuid(), n, '', 'user' || n % 4
          from generate_series(0, 500) n;
        insert into ai.requests_settled (id, opened_at, completed_at, status, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, usage_unknown, usage_estimated, cost_microdollars,
               cost_unknown, response_bytes, writer, seq, hash)
        select id, opened_at, opened_at + interval '1.5 seconds', case when seq % 9 = 0 then 'failed' else 'completed' end, seq, seq * 2, 1, 1, 1, false, false, case when seq % 5 <> 0 then seq * 3 end, seq % 5 = 0, 9,
               gen_random_uuid(), seq, ''
          from ai.requests_opened
         where seq % 17 <> 0;
        insert into governance.hook_decisions (id, decided_at, tenant, door, tier, event, tool, verdict, policy, trace, writer, seq, hash, user_id)
        select gen_random_uuid(), now() - n * interval '31 minutes', 'tests', 'hook', 'user', (array['PreToolUse', 'UserPromptSubmit'])[1 + n % 2], case when n % 2 = 0 then 'Tool' || n % 3 end,
               (array['allow', 'deny', 'limit'])[1 + n % 3], case when n % 3 = 1 then 'blocklist' end, '[]', gen_random_uuid(), n, '', 'user' || n % 4
          from generate_series(0, 450) n;
        insert into analytics.requests (at, tenant, method, status, duration_us, tier, trace) values (now(), 'others', 'GET', 200, 1, 'user', 't');
        """;

    [Fact]
    public async Task Sums_of_days_equal_the_rows_whatever_their_source_and_rolling_twice_is_rolling_once()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(Days);
        var to = await site.Database.ScalarAsync<DateTime>("select now() + interval '1 second'");
        var range = (From: to.AddDays(-12), To: to);
        var raw = await EverythingAsync(site, range);
        raw.Count.ShouldBe(6);
        raw.ShouldAllBe(source => source.Value.Count > 9);

        await RollAsync(site);
        (await EverythingAsync(site, range)).ShouldBeSameSums(raw);
        var daily = await site.Database.ScalarAsync<string>("select md5(string_agg(d::text, ',' order by d::text)) from analytics.daily d");
        await RollAsync(site);

        (await EverythingAsync(site, range)).ShouldBeSameSums(raw);
        (await site.Database.ScalarAsync<string>("select md5(string_agg(d::text, ',' order by d::text)) from analytics.daily d")).ShouldBe(daily);
        (await site.Database.ScalarAsync<bool>("select not exists (select from analytics.daily where day >= (now() at time zone 'utc')::date)")).ShouldBeTrue();
        // By plain counting, not by the same statement.
        (await site.Database.ScalarAsync<string>("select concat_ws(' ', sum((measures->>'calls')::bigint), sum((measures->>'cost_microdollars')::bigint), sum((measures->>'cost_unknown')::bigint)) from analytics.daily where source = 'ai.calls'"))
            .ShouldBe(await site.Database.ScalarAsync<string>("select concat_ws(' ', count(*), sum(cost_microdollars), count(*) filter (where cost_unknown)) from ai.requests where created_at < date_trunc('day', now(), 'UTC')"));
        (await site.Database.ScalarAsync<decimal>("select sum((measures->>'orders')::bigint) from analytics.daily where source = 'shop.orders' and day = (now() at time zone 'utc')::date - 3")).ShouldBe(24);
    }

    [Fact]
    public async Task What_came_late_is_in_the_next_sum_and_days_whose_rows_may_be_gone_stay()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(Days);
        await RollAsync(site);
        var yesterday = await OfDayAsync(site, 1);
        var before = await OfDayAsync(site, 5);

        await site.Database.ExecuteAsync("insert into analytics.requests (at, tenant, method, route, status, duration_us, tier, trace) values (date_trunc('day', now(), 'UTC') - interval '1 ms', 'tests', 'GET', '/late', 200, 5, 'user', 't')");
        await site.Database.ExecuteAsync("delete from analytics.requests where at < now() - interval '3 days'");
        (await OfDayAsync(site, 1)).ShouldBe(yesterday);
        await RollAsync(site);

        (await OfDayAsync(site, 1)).ShouldBe(yesterday + 1);
        (await OfDayAsync(site, 5)).ShouldBe(before);
        before.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Days_that_were_missed_are_made_up_for_and_answers_are_whole_meanwhile()
    {
        await using var site = await Site.StartAsync();
        await RollAsync(site);
        await site.Database.ExecuteAsync(Days);
        await site.Database.ExecuteAsync("delete from analytics.rolled where day >= (now() at time zone 'utc')::date - 6; delete from analytics.daily where day >= (now() at time zone 'utc')::date - 6");
        var live = (await site.RunAsync("requests", "--days", "6", "--json")).Json.GetProperty("total").GetProperty("requests").GetInt64();
        live.ShouldBe(await site.Database.ScalarAsync<long>("select count(*) from analytics.requests where tenant = 'tests' and at >= date_trunc('day', now(), 'UTC') - interval '120 hours'"));

        await RollAsync(site);

        (await site.Database.ScalarAsync<long>("select count(distinct day) from analytics.rolled where source = 'analytics.requests' and day >= (now() at time zone 'utc')::date - 6")).ShouldBe(6);
        (await site.RunAsync("requests", "--days", "6", "--json")).Json.GetProperty("total").GetProperty("requests").GetInt64().ShouldBe(live);
    }

    [Fact]
    public async Task What_anybody_makes_up_is_summed_up_beyond_a_bound_and_the_total_is_whole()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(
            """
            insert into analytics.requests (at, tenant, method, route, path, referrer, status, duration_us, tier, trace)
            select date_trunc('day', now(), 'UTC') - interval '2 hours', 'tests', 'GET', '/p', '/p' || n % 20, 'r' || n % 1500 || '.example', 200, 5, 'anonymous', 't' from generate_series(0, 29999) n;
            insert into analytics.requests (at, tenant, method, route, path, referrer, status, duration_us, tier, trace)
            select date_trunc('day', now(), 'UTC') - interval '3 hours', 'tests', 'GET', '/p', '/p1', 'news.example', 200, 5, 'anonymous', 't' from generate_series(1, 50) n;
            """);

        await RollAsync(site);

        const string pages = "from analytics.daily where source = 'analytics.pages'";
        (await site.Database.ScalarAsync<decimal>($"select sum((measures->>'views')::bigint) {pages}")).ShouldBe(30_050);
        (await site.Database.ScalarAsync<long>($"select count(distinct dimensions->>'referrer') {pages}")).ShouldBeLessThanOrEqualTo(RollupStore.MostValues + 1);
        (await site.Database.ScalarAsync<long>($"select count(distinct dimensions->>'path') {pages}")).ShouldBe(20);
        (await site.Database.ScalarAsync<long>($"select count(*) {pages}")).ShouldBeLessThanOrEqualTo(RollupStore.MostCombinations + RollupStore.MostValues);
        (await site.Database.ScalarAsync<decimal>($"select sum((measures->>'views')::bigint) {pages} and dimensions->>'referrer' = 'news.example'")).ShouldBe(50);
        (await site.Database.ScalarAsync<decimal>($"select sum((measures->>'views')::bigint) {pages} and dimensions->>'referrer' = '(other)'")).ShouldBeGreaterThan(9_000);
    }

    [Fact]
    public async Task Days_that_are_forgotten_are_not_summed_up_again()
    {
        await using var site = await Site.StartAsync();
        await site.Database.ExecuteAsync(
            """
            create table analytics.seen (day date);
            create function analytics.see() returns trigger language plpgsql as $$ begin insert into analytics.seen values (new.day); return new; end $$;
            create trigger see before insert on analytics.rolled for each row execute function analytics.see();
            """);

        await RollAsync(site, new AnalyticsSettings { KeepDaily = TimeSpan.FromDays(7), CatchUpDays = 90 });

        (await site.Database.ScalarAsync<int>("select (now() at time zone 'utc')::date - min(day) from analytics.seen")).ShouldBe(7);
    }

    private static async Task RollAsync(Site site, AnalyticsSettings? settings = null)
    {
        await using var scope = site.Services.CreateAsyncScope();
        var job = ActivatorUtilities.CreateInstance<RollupJob>(scope.ServiceProvider, settings ?? site.Services.GetRequiredService<AnalyticsSettings>());
        await job.RunAsync(new NoArgs(), new QuietContext(), CancellationToken.None);
    }

    private static async Task<long> OfDayAsync(Site site, int ago)
    {
        var day = TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-ago);
        return (await site.RunAsync("requests", "--since", $"{day:yyyy-MM-dd}", "--until", $"{day.AddDays(1):yyyy-MM-dd}", "--json")).Json.GetProperty("total").GetProperty("requests").GetInt64();
    }

    /// <summary>Each source by all its dimensions.</summary>
    private static async Task<Dictionary<string, IReadOnlyList<string>>> EverythingAsync(Site site, (DateTime From, DateTime To) range)
    {
        var store = site.Services.GetRequiredService<FactStore>();
        var all = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var source in site.Services.GetRequiredService<FactCatalogue>().All)
        {
            var groups = await store.QueryAsync(new FactQuery(source, range.From, range.To) { By = source.Dimensions }, CancellationToken.None);
            all[source.Name] = [.. groups.Select(group => $"{group.Day:O} {string.Join('|', group.Keys.Select(key => key ?? "null"))} {string.Join(' ', group.Sums)}").Order(StringComparer.Ordinal)];
        }

        return all;
    }
}

/// <summary>Nobody looks at the job's progress.</summary>
internal sealed class QuietContext : JobContext
{
    public override long Id => 1;

    public override string Kind => "analytics.rollup";

    public override int Attempt => 1;

    public override string? EnqueuedBy => null;

    public override void Report(long done, long? total = null, string? note = null)
    {
    }
}

internal static class Sums
{
    public static void ShouldBeSameSums(this Dictionary<string, IReadOnlyList<string>> found, Dictionary<string, IReadOnlyList<string>> expected)
    {
        foreach (var (source, rows) in expected) found[source].ShouldBe(rows, source);
    }
}
