using System.Net;
using Systemprompt.Analytics;

namespace Systemprompt.Core.Tests.Analytics;

public sealed class VisitorTests
{
    private static readonly byte[] Today = [1, 2, 3], Tomorrow = [1, 2, 4];

    [Fact]
    public void A_visitor_has_another_key_tomorrow_and_neighbours_are_not_told_apart_by_their_address()
    {
        var visitor = Key(Today, "203.0.113.7");

        Key(Today, "203.0.113.7").ShouldBe(visitor);
        Key(Today, "203.0.113.250").ShouldBe(visitor);
        Key(Today, "::ffff:203.0.113.9").ShouldBe(visitor);
        Key(Tomorrow, "203.0.113.7").ShouldNotBe(visitor);
        Key(Today, "203.0.114.7").ShouldNotBe(visitor);
        Key(Today, "203.0.113.7", "another browser").ShouldNotBe(visitor);
        Key(Today, "2001:db8:1:2::3").ShouldBe(Key(Today, "2001:db8:1:ffff::9"));
        Key(Today, "2001:db8:1:2::3").ShouldNotBe(Key(Today, "2001:db8:2:2::3"));
    }

    [Fact]
    public void A_tally_adds_up_each_session_and_drops_beyond_its_bounds()
    {
        var (tally, at) = (new SessionTally(2, TimeSpan.FromMinutes(30)), new DateTimeOffset(2026, 3, 1, 23, 0, 0, TimeSpan.Zero));

        tally.Add(User("a"), at, new SessionPart { IsError = true, IsModelCall = true, UserAgent = "one" });
        tally.Add(User("a"), at.AddMinutes(30), new SessionPart { IsToolCall = true, UserAgent = "two", Page = "/x" });
        tally.Add(User("b"), at, new SessionPart()).ShouldNotBeNull();
        tally.Add(User("c"), at, new SessionPart()).ShouldBeNull();
        tally.Add(User("a"), at.AddMinutes(60), new SessionPart()).ShouldBeNull("the day is another");

        tally.Dropped.ShouldBe(2);
        var touches = tally.Take();
        touches.Select(touch => (touch.Key.Who, touch.Requests, touch.Errors, touch.ModelCalls, touch.ToolCalls, touch.Views, touch.UserAgent, touch.Last - touch.First))
            .ShouldBe([("a", 2, 1, 1, 1, 1, "one", TimeSpan.FromMinutes(30)), ("b", 1, 0, 0, 0, 0, null, TimeSpan.Zero)]);
        tally.Take().ShouldBeEmpty();
        tally.Add(User("c"), at, new SessionPart()).ShouldNotBeNull();
    }

    [Fact]
    public void The_queue_drops_and_counts_and_never_waits()
    {
        var queue = new RequestQueue(3);
        for (var number = 0; number < 5; number++) queue.Add(default);

        (queue.Waiting, queue.Accepted, queue.Dropped).ShouldBe((3, 3, 2));
    }

    private static Guid Key(byte[] salt, string address, string agent = "browser") => VisitorKeys.Of(salt, IPAddress.Parse(address), agent);

    private static SessionKey User(string who) => new(SessionKind.User, who, "s", null, default);
}
