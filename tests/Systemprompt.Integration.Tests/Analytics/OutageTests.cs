using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Systemprompt.Analytics;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Analytics;

public sealed class OutageTests
{
    [Fact]
    public async Task What_is_taken_while_the_salt_cannot_be_read_is_written_later_with_its_session()
    {
        await using var site = await Site.StartAsync();
        var (queue, writer) = Writer(site);
        await site.Database.ExecuteAsync("alter table analytics.salts rename to away");
        queue.Add(Fact("/api", null, new Principal { Subject = "alice", Tier = Tier.User, TokenId = "t" }));
        for (var view = 0; view < 3; view++) queue.Add(Fact("/", "/", Principal.Anonymous));
        for (var turn = 0; turn < 3; turn++) await Should.ThrowAsync<PostgresException>(() => writer.FlushAsync(CancellationToken.None));
        await site.Database.ExecuteAsync("alter table analytics.away rename to salts");

        (await writer.FlushAsync(CancellationToken.None)).ShouldBeTrue();

        writer.DroppedEver.ShouldBe(0);
        (await site.Database.ScalarAsync<long>("select count(*) from analytics.requests r join analytics.sessions s on s.id = r.session")).ShouldBe(4);
        await writer.DisposeAsync();
    }

    [Fact]
    public async Task What_is_dropped_shows_while_nothing_can_be_written_and_a_refused_batch_counts_calls_too()
    {
        await using var site = await Site.StartAsync();
        var tally = new SessionTally(10, TimeSpan.FromMinutes(30));
        var (queue, writer) = Writer(site, tally, capacity: 1);
        for (var call = 0; call < 3; call++) tally.Add(new SessionKey(SessionKind.Client, "alice", "c", null, default), TimeProvider.System.GetUtcNow(), new SessionPart { IsModelCall = true });
        await site.Database.ExecuteAsync("alter table analytics.sessions rename to away");
        await writer.FlushAsync(CancellationToken.None);
        writer.DroppedEver.ShouldBe(3);

        await site.Database.ExecuteAsync("alter table analytics.salts rename to salts_away");
        for (var view = 0; view < 4; view++) queue.Add(Fact("/", "/", Principal.Anonymous));
        await Should.ThrowAsync<PostgresException>(() => writer.TurnAsync(CancellationToken.None));

        writer.DroppedAt.ShouldNotBeNull();
        await writer.DisposeAsync();
    }

    private static (RequestQueue Queue, TrafficWriter Writer) Writer(Site site, SessionTally? tally = null, int capacity = 100)
    {
        var (queue, services) = (new RequestQueue(capacity), site.Services);
        var store = services.GetRequiredService<TrafficStore>();
        return (queue, new TrafficWriter(
            queue, tally ?? new SessionTally(100, TimeSpan.FromMinutes(30)), new VisitorKeys(store), store, new AnalyticsSettings(), services.GetRequiredService<BackgroundLoops>(), TimeProvider.System,
            NullLogger<TrafficWriter>.Instance));
    }

    private static RequestFact Fact(string route, string? page, Principal principal) => new()
    {
        At = TimeProvider.System.GetUtcNow(), Method = "GET", Route = route, Page = page, Referrer = null, Status = 200, Refusal = null, Duration = TimeSpan.Zero, Bytes = null, Principal = principal,
        UserAgent = Site.Firefox, Address = IPAddress.Loopback, Cookie = null, Untracked = false, Trace = "t",
    };
}
