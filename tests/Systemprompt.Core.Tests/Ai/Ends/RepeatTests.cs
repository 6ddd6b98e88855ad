using System.Net;
using System.Net.Sockets;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Ends;

/// <summary>What a repeated call came to.</summary>
public sealed class RepeatTests
{
    [Fact]
    public async Task A_repeat_that_reaches_nobody_does_not_make_the_attempt_before_it_free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var cut = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[64]);
            listener.Stop();
        });
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        await using var gateway = await GatewayFixture.StartAsync(provider: settings => settings with { Endpoint = address, Retries = 1 });

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        await cut;
        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Attempts, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Failed, 2, true, null));
    }
}
