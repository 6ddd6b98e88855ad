using System.Net;
using Systemprompt.Extensions;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Events;

public sealed class EventsTests
{
    [Fact]
    public async Task One_process_or_each_handles_an_event_and_a_broken_handler_harms_no_other()
    {
        await using var bell = await Bell.StartAsync(hosts: 2);

        await bell.RingAsync("fail first");
        await bell.RingAsync("second");

        await Scheduler.Queue.UntilAsync(() => bell.Room.Everywhere.Count == 4 && bell.Room.Once.Count == 3);
        bell.Room.Once.Count(seen => seen.Text == "second").ShouldBe(1);
        bell.Room.Once.Where(seen => seen.Text == "fail first").Select(seen => seen.Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_event_is_published_with_its_transaction_or_never_and_ids_follow_the_commits()
    {
        await using var bell = await Bell.StartAsync();
        await using var one = await bell.Source.OpenConnectionAsync();
        await using var two = await bell.Source.OpenConnectionAsync();
        await using var slow = await one.BeginTransactionAsync();
        await using var lost = await two.BeginTransactionAsync();
        await bell.RingAsync("began first", transaction: slow);
        await bell.RingAsync("lost", transaction: lost);
        await bell.RingAsync("committed first");
        await Scheduler.Queue.UntilAsync(() => bell.Room.Everywhere.Count == 1);

        await lost.RollbackAsync();
        await slow.CommitAsync();

        await Scheduler.Queue.UntilAsync(() => bell.Room.Everywhere.Count == 2);
        var seen = bell.Room.Everywhere.ToList();
        seen.Select(rung => rung.Text).ShouldBe(["committed first", "began first"]);
        seen[1].Id.ShouldBeGreaterThan(seen[0].Id);
        (await bell.Database.ScalarAsync<long>("select count(*) from events.outbox")).ShouldBe(0);
    }

    [Fact]
    public async Task A_thousand_from_eight_publishers_arrive_once_each_and_in_the_order_of_their_ids()
    {
        await using var bell = await Bell.StartAsync(hosts: 2);

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) => await bell.RingAsync($"n{number}"));

        await Scheduler.Queue.UntilAsync(() => bell.Room.Everywhere.Count == 2000);
        bell.Room.Everywhere.GroupBy(rung => rung.Text).ShouldAllBe(same => same.Count() == 2 && same.Select(rung => rung.Id).Distinct().Count() == 1);
        (await bell.Database.ScalarAsync<long>("select count(*) from events.log")).ShouldBe(1000);
    }

    [Fact]
    public async Task Each_listener_hears_what_he_may_see_and_wants()
    {
        await using var bell = await Bell.StartAsync(hosts: 2);
        await using var ann = await Listener.OpenAsync(bell.Client("ann", Tier.Admin, host: 1));
        await using var bob = await Listener.OpenAsync(bell.Client("bob"));
        await using var picky = await Listener.OpenAsync(bell.Client("bob"), "?kinds=other.kind,be*");
        await using var deaf = await Listener.OpenAsync(bell.Client("bob"), "?kinds=other.*");

        await bell.RingAsync("internal");
        await bell.RingAsync("for carol", Audience.User("carol"));
        await bell.RingAsync("for bob", Audience.User("bob"));
        await bell.RingAsync("for all", Audience.Everyone);

        (await HeardAsync(ann, 4)).ShouldBe(["internal", "for carol", "for bob", "for all"]);
        (await HeardAsync(bob, 2)).ShouldBe(["for bob", "for all"]);
        (await HeardAsync(picky, 2)).ShouldBe(["for bob", "for all"]);
        (await new HttpClient { BaseAddress = bell.Hosts[0].Address }.GetAsync("api/v1/events")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await bell.Hosts[0].StopAsync();
        (await deaf.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_listener_goes_on_where_he_was_on_another_process_and_is_told_when_too_much_is_gone()
    {
        await using var bell = await Bell.StartAsync(hosts: 2);
        string last;
        await using (var first = await Listener.OpenAsync(bell.Client("bob")))
        {
            await bell.RingAsync("one", Audience.Everyone);
            last = (await first.NextAsync())!.Value.Id;
        }

        for (var number = 0; number < 1200; number++) await bell.RingAsync($"missed {number}", Audience.Everyone);
        await using var second = await Listener.OpenAsync(bell.Client("bob", host: 1), lastId: last);

        var heard = new List<string>();
        while (heard.Count < 1200) heard.Add((await second.NextAsync())!.Value.Data);
        await bell.RingAsync("live", Audience.Everyone);
        (await second.NextAsync())!.Value.Data.ShouldContain("live");
        heard.ShouldBe(Enumerable.Range(0, 1200).Select(number => $$"""{"text": "missed {{number}}"}"""));

        await bell.Database.ExecuteAsync("delete from events.log where data->>'text' like 'missed %'; delete from events.log where data->>'text' = 'one'");
        await using var third = await Listener.OpenAsync(bell.Client("bob"), lastId: "0");
        (await third.NextAsync())!.Value.Kind.ShouldBe("reset");
        (await third.NextAsync())!.Value.Data.ShouldContain("live");
        using var wrong = new HttpRequestMessage(HttpMethod.Get, "api/v1/events") { Headers = { { "Last-Event-ID", "x" } } };
        (await bell.Client("bob").SendAsync(wrong)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Listeners_are_bounded_for_each_user()
    {
        await using var bell = await Bell.StartAsync(variables: variables => variables["STREAMS_PER_USER"] = "2");
        await using var one = await Listener.OpenAsync(bell.Client("bob"));
        var two = await Listener.OpenAsync(bell.Client("bob"));

        (await bell.Client("bob").GetAsync("api/v1/events", HttpCompletionOption.ResponseHeadersRead)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        await using var other = await Listener.OpenAsync(bell.Client("carol"));
        await two.DisposeAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await bell.Client("bob").GetAsync("api/v1/events", HttpCompletionOption.ResponseHeadersRead, limit.Token)).StatusCode != HttpStatusCode.OK) await Task.Delay(20, limit.Token);
    }

    [Fact]
    public async Task Changes_of_users_and_dead_jobs_are_published()
    {
        await using var bell = await Bell.StartAsync();
        await using var ann = await Listener.OpenAsync(bell.Client("ann", Tier.Admin));

        (await bell.Commands.RunAsync("admin", "users", "create", "bob")).Succeeded();
        var (_, kind, data) = (await ann.NextAsync())!.Value;
        (kind, data).ShouldBe(("users.changed", """{"by": "cli", "change": "created", "subject": "bob"}"""));
        (await bell.Commands.RunAsync("infra", "events", "list", "--kind", "users.changed", "--json")).Succeeded().Json.EnumerateArray().ShouldHaveSingleItem();
    }

    private static async Task<IReadOnlyList<string>> HeardAsync(Listener listener, int count)
    {
        var heard = new List<string>();
        while (heard.Count < count) heard.Add((await listener.NextAsync())!.Value.Data.Split('"')[3]);
        return heard;
    }
}
