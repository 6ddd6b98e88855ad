using System.Net;
using System.Net.Http.Json;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Clients.Tests;

/// <summary>Behind an air gap everything works, and nothing is asked of the outside.</summary>
public sealed class NetworkTests
{
    [Fact]
    public async Task With_no_route_out_the_host_serves_claude_code_and_its_hooks_and_asks_nobody()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var network = await LoopbackNetwork.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions { Launcher = network.Launcher });
        var token = await host.TokenAsync(subject: "airgap");
        var url = host.Address.ToString().TrimEnd('/');

        var health = await network.RunAsync("/usr/bin/curl", "-sf", $"{url}/api/v1/health");
        var audit = await host.RunAsync("infra", "audit", "list", "--json");

        health.Succeeded().Json().GetProperty("status").GetString().ShouldBe("healthy");
        audit.Succeeded();
        (await network.AttemptsOutAsync()).ShouldBe(0);

        using var plugin = new GovernedPlugin(host.Address);
        using var claude = new ClaudeCode { Url = url, Token = token, HookToken = token, Launcher = network.Launcher };
        (await claude.AskAsync("say pineapple", plugin.Path)).Result.ShouldBe("say pineapple");
        (await claude.AskAsync("""/tool Bash {"command":"touch made"}""", plugin.Path)).IsError.ShouldBeFalse();
        claude.Made("made").ShouldBeTrue();
        (await claude.AskAsync("""/tool Bash {"command":"rm -rf ~/"}""", plugin.Path)).Result.ShouldContain("refused by policy blocklist");
        claude.Made("made").ShouldBeTrue();
        host.Log.Lines.ShouldNotContain(line => line.Contains("\"level\":\"error\"", StringComparison.Ordinal) || line.Contains("\"level\":\"warning\"", StringComparison.Ordinal));
        (await host.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_attempt_to_get_out_is_counted()
    {
        using var network = await LoopbackNetwork.CreateAsync();

        (await network.RunAsync("/usr/bin/curl", "-s", "http://192.0.2.1/")).ExitCode.ShouldNotBe(0);

        (await network.AttemptsOutAsync()).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Under_load_the_process_is_connected_to_nothing_but_this_machine()
    {
        await using var stub = await StubServer.StartAsync(new StubOptions { Record = false });
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Gateway.Behind(stub, new HostOptions()));
        using var client = await host.ClientForAsync("load");
        client.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");

        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CallAsync(host, client)));
        var peers = new HashSet<IPEndPoint>();
        do
        {
            Sockets.Datagrams(host.ProcessId).ShouldBeEmpty();
            peers.UnionWith(Sockets.Peers(host.ProcessId));
            await Task.Yield();
        }
        while (!load.IsCompleted);

        await load;
        peers.ShouldContain(peer => peer.Port == new Uri(stub.Address).Port);
        peers.Count.ShouldBeGreaterThan(1);
        peers.ShouldAllBe(peer => IPAddress.IsLoopback(peer.Address));
    }

    private static async Task CallAsync(PublishedHost host, HttpClient client)
    {
        for (var call = 0; call < 25; call++)
        {
            (await PublishedHost.AskAsync(client)).EnsureSuccessStatusCode();
            using var answer = await client.PostAsJsonAsync(
                "v1/messages", new { model = "claude-sonnet-4-5", max_tokens = 8, messages = new[] { new { role = "user", content = "hi" } } });
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, host.Log.Text);
        }
    }
}
