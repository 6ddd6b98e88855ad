using Microsoft.AspNetCore.Http;
using Systemprompt.Analytics;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Analytics;

public sealed class ObserverTests
{
    private readonly RequestQueue _queue = new(1000);
    private readonly SessionTally _tally = new(1000, TimeSpan.FromMinutes(30));

    [Fact]
    public void A_call_that_is_recorded_elsewhere_allocates_nothing_and_counts_in_its_session()
    {
        var observer = Observer();
        var context = Context(new Principal { Subject = "alice", Tier = Tier.User, TokenId = "t" });
        context.Features.Set(new ClientActivity("conversation", IsToolCall: true));
        var endpoint = new Endpoint(null, new EndpointMetadataCollection(RecordedElsewhere.Other, RecordedElsewhere.ModelCall), "calls");
        for (var warm = 0; warm < 1000; warm++) observer.OnFinished(new FinishedRequest(context, endpoint, null, TimeSpan.Zero));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < 10_000; call++) observer.OnFinished(new FinishedRequest(context, endpoint, null, TimeSpan.Zero));
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 10_000;

        each.ShouldBeLessThan(50);
        var touch = _tally.Take().ShouldHaveSingleItem();
        (touch.Requests, touch.ModelCalls, touch.ToolCalls, touch.Conversation, touch.UserAgent).ShouldBe((11_000, 11_000, 11_000, "conversation", "claude-cli/2.1.3 (external, cli)"));
        _queue.Accepted.ShouldBe(0);
    }

    [Fact]
    public void What_is_turned_away_at_the_door_is_counted_and_makes_no_row()
    {
        foreach (var code in new[] { "not_ready", "jobs_only", "address_rate_limited", "address_banned", "rate_limited" })
            Observer().OnFinished(new FinishedRequest(Context(Principal.Anonymous), null, new PendingRefusal(503, code, "no"), TimeSpan.Zero));

        (_queue.TurnedAway, _queue.Accepted).ShouldBe((4, 1));
        _queue.TryTake(out var fact).ShouldBeTrue();
        fact.Refusal.ShouldBe("rate_limited");
    }

    [Fact]
    public void A_profile_that_wants_no_records_gets_none()
    {
        Observer(new AnalyticsSettings { Enabled = false }).OnFinished(new FinishedRequest(Context(Principal.Anonymous), null, null, TimeSpan.Zero));

        _queue.Accepted.ShouldBe(0);
    }

    [Fact]
    public void A_client_that_left_before_its_answer_is_noted_as_that()
    {
        var context = Context(Principal.Anonymous);
        context.RequestAborted = new CancellationToken(canceled: true);

        Observer().OnFinished(new FinishedRequest(context, null, null, TimeSpan.FromSeconds(1)));

        _queue.TryTake(out var fact).ShouldBeTrue();
        (fact.Status, fact.Duration, fact.Page).ShouldBe((499, TimeSpan.FromSeconds(1), null));
    }

    private RequestObserver Observer(AnalyticsSettings? settings = null) => new(_queue, _tally, new VisitorCookie(settings ?? new()), settings ?? new(), TimeProvider.System);

    private static DefaultHttpContext Context(Principal principal)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.UserAgent = "claude-cli/2.1.3 (external, cli)";
        context.Features.Set(principal);
        return context;
    }
}
