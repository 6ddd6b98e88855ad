using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Analytics;

namespace Systemprompt.Integration.Tests.Analytics;

public sealed class SessionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_session_goes_on_until_a_silence_or_a_day_ends_it()
    {
        await using var site = await Site.StartAsync();
        foreach (var minutes in new[] { 0, 29, 58, 89, 100 }) await WriteAsync(site, 0, "u", Noon.AddMinutes(minutes));
        await WriteAsync(site, 0, "u", Noon.AddMinutes(-15));
        await WriteAsync(site, 0, "night", Noon.AddHours(11).AddMinutes(59));
        await WriteAsync(site, 0, "night", Noon.AddHours(12).AddMinutes(1));

        (await SessionsAsync(site)).ShouldBe("night 1 23:59-23:59, night 1 00:01-00:01, u 4 12:00-12:58, u 2 13:29-13:40");
    }

    [Fact]
    public async Task Sessions_that_ended_and_began_again_while_the_database_was_away_are_told_apart()
    {
        await using var site = await Site.StartAsync();
        var tally = new SessionTally(1000, TimeSpan.FromMinutes(30));
        foreach (var minutes in new[] { 0, 10, 50, 120 }) tally.Add(Key("u"), Noon.AddMinutes(minutes), new SessionPart());

        await Store(site, 0).WriteAsync([], tally.Take(), CancellationToken.None);

        (await SessionsAsync(site)).ShouldBe("u 2 12:00-12:10, u 1 12:50-12:50, u 1 14:00-14:00");
    }

    [Fact]
    public async Task Two_replicas_make_one_session_of_one_visitor_and_share_the_days_salt()
    {
        await using var site = await Site.StartAsync(hosts: 2);
        using var here = site.Browser();
        using var there = site.Browser(host: 1);
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (number, token) => (await (number % 2 == 0 ? here : there).GetAsync("", token)).Dispose());
        await site.WrittenAsync(100);

        (await site.Database.ScalarAsync<string>("select string_agg(requests::text, ' ') from analytics.sessions")).ShouldBe("100");
        (await site.Database.ScalarAsync<long>("select count(*) from analytics.salts")).ShouldBe(1);
    }

    [Fact]
    public async Task A_days_salt_is_shared_and_dropped_with_the_next()
    {
        await using var site = await Site.StartAsync(hosts: 2);
        var (day, token) = (new DateOnly(2026, 3, 1), CancellationToken.None);

        var salt = await Store(site, 0).SaltAsync(day, [1], token);
        (await Store(site, 1).SaltAsync(day, [2], token)).ShouldBe(salt);
        (await Store(site, 1).SaltAsync(day.AddDays(1), [3], token)).ShouldBe([3]);

        (await site.Database.ScalarAsync<long>("select count(*) from analytics.salts where day = '2026-03-01'")).ShouldBe(0);
    }

    private static TrafficStore Store(Site site, int host) => site.Hosts[host].Services.GetRequiredService<TrafficStore>();

    private static Task WriteAsync(Site site, int host, string who, DateTimeOffset at)
    {
        var tally = new SessionTally(1000, TimeSpan.FromMinutes(30));
        tally.Add(Key(who), at, new SessionPart());
        return Store(site, host).WriteAsync([], tally.Take(), CancellationToken.None);
    }

    private static SessionKey Key(string who) => new(SessionKind.User, who, "s", null, default);

    private static Task<string> SessionsAsync(Site site) => site.Database.ScalarAsync<string>(
        """
        select string_agg(login || ' ' || requests || ' ' || to_char(started_at at time zone 'UTC', 'HH24:MI-') || to_char(last_at at time zone 'UTC', 'HH24:MI'), ', ' order by login, started_at)
          from analytics.sessions
        """);
}
