using System.Text;
using System.Text.Json;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>Credentials sent through every door, on the profile with the loudest logs: no row, log line, answer or export holds one.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;

    public async Task InitializeAsync()
    {
        _upstream = await StubServer.StartAsync(new StubOptions { Key = Canary.AnthropicKey });
        _database = await TestDatabase.CreateAsync();
        _host = PublishedHost.Create(_database.UrlWith(Canary.Password), new HostOptions
        {
            Profile = "local",
            Variables = new Dictionary<string, string> { ["ANTHROPIC_BASE_URL"] = _upstream.Address, ["ANTHROPIC_API_KEY"] = Canary.AnthropicKey },
        });
        await _host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task No_credential_is_kept_or_shown_anywhere()
    {
        var token = await _host.TokenAsync();
        using var client = _host.ClientWith(token);
        var seen = new StringBuilder();
        foreach (var request in Requests(Canary.AwsKey).Concat(Requests(Canary.GitHubToken)))
        {
            using var answer = await client.SendAsync(request);
            seen.AppendLine(await answer.Content.ReadAsStringAsync()).Append(answer.Headers);
        }

        // A policy before the scan refuses them by name; only the client itself is told the name that it sent.
        foreach (var secret in (string[])[Canary.AwsKey, Canary.GitHubToken])
        {
            using var scoped = await client.SendAsync(Hook($$$"""{"hook_event_name":"PreToolUse","tool_name":"mcp__systemprompt__x-{{{secret}}}","tool_input":{} }"""));
            (await scoped.Content.ReadAsStringAsync()).ShouldContain("refused by policy scope");
            seen.Append(scoped.Headers);
        }

        // Past every policy to the provider, which repeats the gateway's key in its error, or is cut.
        foreach (var model in (string[])["claude-haiku-4-5", "claude-stub-echo-key", "claude-stub-500", "claude-stub-cut-before"])
        {
            using var answer = await GatewayFixture.CallAsync(client, model);
            seen.AppendLine(await answer.Content.ReadAsStringAsync()).Append(answer.Headers);
        }

        using var forger = _host.ClientWith(token[..^4] + "AAAA");
        using var refused = await PublishedHost.AskAsync(forger);
        seen.AppendLine(await refused.Content.ReadAsStringAsync());
        using var admin = await _host.ClientForAsync("root", "admin");
        seen.AppendLine(await admin.GetStringAsync("metrics"));
        seen.AppendLine(await admin.GetStringAsync("api/v1/governance/decisions?limit=1000"));
        foreach (var command in (string[])["infra audit export --json", "infra audit evidence --json", "infra audit list", "admin config show --json", "infra db status --json", "doctor --json", "gateway providers --json", "services status --json"])
        {
            var run = await _host.RunAsync(command.Split(' '));
            seen.AppendLine(run.Output).AppendLine(run.Error);
        }

        await _host.StopAsync();
        ShouldHoldNone(seen.ToString(), token);
        ShouldHoldNone(_host.Log.Text, token);
        ShouldHoldNone(await _database.DumpAsync(), token);
        (await _database.ScalarAsync<long>("select count(*) from ai.requests where status = 'refused'")).ShouldBeGreaterThanOrEqualTo(8);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_named_without_its_password()
    {
        var variables = new Dictionary<string, string> { ["DATABASE_URL"] = $"postgres://someone:{Canary.Password}@127.0.0.1:1/myco" };

        foreach (var command in (string[])["infra db status", "infra audit list", "doctor", "admin token revoke --sub alice"])
        {
            var run = await _host.RunWithAsync(variables, command.Split(' '));
            run.ExitCode.ShouldNotBe(0);
            (run.Output + run.Error).ShouldNotContain(Canary.Password);
            (run.Output + run.Error).ShouldNotContain("   at ");
        }
    }

    private static IEnumerable<HttpRequestMessage> Requests(string secret)
    {
        const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";
        yield return Call($$$"""{"model":"echo","max_tokens":8,"messages":[{"role":"user","content":"use {{{secret}}}"}]}""");
        yield return Call($$$"""{"model":"echo","max_tokens":8,"system":"key {{{secret}}}",{{{Messages}}}}""");
        yield return Call($$$"""{"model":"echo","max_tokens":8,"system":[{"type":"text","text":"{{{secret}}}"}],{{{Messages}}}}""");
        yield return Call($$$"""{"model":"echo","max_tokens":8,"tools":[{"name":"t","description":"{{{secret}}}","input_schema":{"type":"object"}}],{{{Messages}}}}""");
        yield return Call($$$"""{"model":"echo","max_tokens":8,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"Bash","input":{"command":"echo {{{secret}}}"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"{{{secret}}}"}]}]}""");
        yield return Call($$$"""{"model":"{{{secret}}}","max_tokens":8,{{{Messages}}}}""");
        yield return Call($$$"""{"model":"claude-{{{secret}}}","max_tokens":8,{{{Messages}}}}""");
        yield return Call($$$"""{"model":"echo","max_tokens":8,"metadata":{"user_id":"user_x_session_{{{secret}}}"},{{{Messages}}}}""");
        yield return Call($$$"""{"model":"echo","{{{secret}}}":1,"max_tokens":8,{{{Messages}}}}""");
        foreach (var header in (string[])["x-claude-code-session-id", "user-agent", "anthropic-beta", "traceparent", "cookie", "x-custom"])
        {
            var call = Call($$$"""{"model":"echo","max_tokens":8,{{{Messages}}}}""");
            call.Headers.TryAddWithoutValidation(header, secret);
            yield return call;
        }

        yield return new HttpRequestMessage(HttpMethod.Get, $"v1/models/{secret}");
        yield return new HttpRequestMessage(HttpMethod.Get, $"v1/{secret}?key={secret}");
        yield return new HttpRequestMessage(HttpMethod.Get, $"api/v1/{secret}");
        yield return Hook($$$"""{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"curl -H {{{secret}}}"}}""");
        yield return Hook($$$"""{"hook_event_name":"PreToolUse","tool_name":"{{{secret}}}","tool_input":{"{{{secret}}}":1}}""");
        yield return Hook($$$"""{"hook_event_name":"UserPromptSubmit","session_id":"{{{secret}}}","prompt":"{{{secret}}}"}""");
        yield return Hook($$$"""{"hook_event_name":"{{{secret}}}","cwd":"/{{{secret}}}"}""");
        yield return Hook($"{{\"broken\": {secret}");
    }

    private static HttpRequestMessage Call(string body) => Post("v1/messages", body);

    private static HttpRequestMessage Hook(string body) => Post("api/v1/hooks/govern", body);

    private static HttpRequestMessage Post(string path, string body) => new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private static void ShouldHoldNone(string text, string token)
    {
        foreach (var (what, secret) in new[]
        {
            ("an AWS key", Canary.AwsKey), ("a GitHub token", Canary.GitHubToken), ("the provider's key", Canary.AnthropicKey), ("the database's password", Canary.Password),
            ("a token", token), ("a token's signature", token[(token.LastIndexOf('.') + 1)..^4]),
        })
            if (text.IndexOf(secret, StringComparison.Ordinal) is >= 0 and var at)
                Assert.Fail($"{what} stands in: …{text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 100)]}…");
        JsonEncodedText.Encode(Canary.AnthropicKey).ToString().ShouldBe(Canary.AnthropicKey, "a canary that JSON spells differently would be missed");
    }
}
