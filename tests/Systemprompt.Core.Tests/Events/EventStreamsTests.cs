using Systemprompt.Events;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Events;

public sealed class EventStreamsTests
{
    // A process that itself catches up offered what a listener was reading from the table, hundreds at once, and the listener was taken for slow and ended.
    [Fact]
    public async Task What_a_listener_reads_from_the_table_does_not_fill_his_queue()
    {
        using var readiness = new Readiness();
        var streams = new EventStreams(new EventsSettings(), readiness);
        var stream = streams.Open(Bob, static _ => true, readsFirst: true).ShouldNotBeNull();

        for (var id = 1; id <= 1000; id++) streams.Offer(Event(id));
        stream.Follow(1200);
        for (var id = 1001; id <= 1201; id++) streams.Offer(Event(id));

        (await stream.Frames.ReadAsync()).Id.ShouldBe(1201);
        stream.Frames.TryRead(out _).ShouldBeFalse();
        stream.Frames.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void A_listener_that_reads_nothing_gets_what_comes_after_it_and_is_ended_when_it_is_slow()
    {
        using var readiness = new Readiness();
        var streams = new EventStreams(new EventsSettings(), readiness);
        streams.Offer(Event(7));
        var stream = streams.Open(Bob, static _ => true, readsFirst: false).ShouldNotBeNull();

        for (var id = 7; id <= 2000; id++) streams.Offer(Event(id));

        stream.Frames.TryRead(out var first).ShouldBeTrue();
        first.Id.ShouldBe(8);
        while (stream.Frames.TryRead(out _)) { }
        stream.Frames.Completion.IsCompleted.ShouldBeTrue();
    }

    private static Principal Bob => new() { Subject = "bob", Tier = Tier.User, TokenId = "t" };

    private static LoggedEvent Event(long id) => new(id, "bell.rang", "everyone", "{}", DateTimeOffset.UnixEpoch);
}
