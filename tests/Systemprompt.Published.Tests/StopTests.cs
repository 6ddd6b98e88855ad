using System.Diagnostics;
using System.Net;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>Stopping: not ready at once, open streams finish, then out; whoever asks twice means now.</summary>
[Collection(Alone.Name)]
public sealed class StopTests : IAsyncLifetime
{
    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;
    private HttpClient _alice = null!;

    public async Task InitializeAsync()
    {
        _upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });
        _database = await TestDatabase.CreateAsync();
        _host = await PublishedHost.StartAsync(_database, GatewayFixture.Options(_upstream));
        _alice = await _host.ClientForAsync("alice");
    }

    public async Task DisposeAsync()
    {
        _alice.Dispose();
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task An_open_stream_finishes_while_nothing_new_is_taken_and_the_exit_code_is_0()
    {
        using var open = await GatewayFixture.CallAsync(_alice, "claude-stub-slow", stream: true, header: ("anthropic-stub-delay", "150"));

        await _host.SignalAsync("TERM");
        await _host.Log.WaitForAsync("Stopping", TimeSpan.FromSeconds(10));

        (await IsReadyAsync()).ShouldBeFalse();
        (await open.Content.ReadAsStringAsync()).ShouldContain("event: message_stop");
        (await _host.ExitedAsync()).ShouldBe(0);
        (await _database.StatusAsync(GatewayFixture.AuditId(open))).ShouldBe("completed");
        _host.Log.Lines[^1].ShouldContain("Stopped");
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        using var open = await GatewayFixture.CallAsync(_alice, "claude-stub-hang-mid", stream: true);
        await _host.SignalAsync("TERM");
        await _host.Log.WaitForAsync("Stopping", TimeSpan.FromSeconds(10));

        var from = Stopwatch.GetTimestamp();
        await _host.SignalAsync("TERM");

        (await _host.ExitedAsync()).ShouldBe(130);
        Stopwatch.GetElapsedTime(from).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_stream_that_does_not_finish_in_the_profiles_time_is_ended_and_settled()
    {
        await using var host = await PublishedHost.StartAsync(_database, GatewayFixture.Options(_upstream) with
        {
            Profile = "hurried",
            Profiles = new Dictionary<string, string> { ["hurried"] = new TestProfile().ToString().Replace("shutdown_timeout: 20s", "shutdown_timeout: 1s", StringComparison.Ordinal) },
        });
        using var client = await host.ClientForAsync("alice");
        using var open = await GatewayFixture.CallAsync(client, "claude-stub-hang-mid", stream: true);

        var from = Stopwatch.GetTimestamp();
        var code = host.StopAsync();

        (await open.Content.ReadAsStringAsync()).ShouldContain("event: error");
        (await code).ShouldBe(0);
        Stopwatch.GetElapsedTime(from).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await _database.StatusAsync(GatewayFixture.AuditId(open))).ShouldBe("interrupted");
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _host.Client.GetAsync("api/v1/health/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // It does not even listen any more.
            return false;
        }
    }
}
