using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Systemprompt.Database;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Telemetry;

public sealed class MetricsRouteTests
{
    [Fact]
    public async Task Metrics_are_there_while_a_process_stops_and_still_ask_for_a_token()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        await using var server = new CommandLine(database.Url) { Variables = { ["PORT"] = "0" } }.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
        using var anybody = new HttpClient { BaseAddress = server.Address };
        using var admin = server.Client("root", Tier.Admin);
        var readiness = server.Readiness;
        readiness.Set(ReadyState.Stopping, "stopping");
        (await anybody.GetAsync("metrics")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await admin.GetStringAsync("metrics")).ShouldContain("\nsystemprompt_ready ");
        (await admin.GetAsync("api/v1/users")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        readiness.Set(ReadyState.Starting, "starting");
        (await admin.GetAsync("metrics")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        readiness.Set(ReadyState.Ready, "ready");
        await server.StopAsync();
    }

    [Fact]
    public async Task No_pool_is_called_by_its_connection_string()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var pools = new ConcurrentBag<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Meter.Name == "Npgsql") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
        listener.Start();

        await Preflight.LookAsync(new DatabaseAddress(new DatabaseSettings { Url = database.Url }, database.Url, "", isEmbedded: false), CancellationToken.None);

        pools.ShouldContain("preflight");
        pools.ShouldNotContain(pool => pool.Contains($"Database={database.Name}", StringComparison.Ordinal));

        void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                if (tag is { Key: "db.client.connection.pool.name", Value: string pool }) pools.Add(pool);
        }
    }
}
