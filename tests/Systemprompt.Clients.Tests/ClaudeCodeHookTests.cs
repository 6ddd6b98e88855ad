namespace Systemprompt.Clients.Tests;

/// <summary>Claude Code with the generated solution's plugin: its hooks ask the gateway before a prompt is sent and before a tool runs.</summary>
public sealed class ClaudeCodeHookTests(Gateway gateway) : IClassFixture<Gateway>, IDisposable
{
    private const string Touch = """/tool Bash {"command":"touch made"}""";
    private readonly GovernedPlugin _plugin = new(gateway.Host.Address);

    public void Dispose() => _plugin.Dispose();

    [Fact]
    public async Task A_harmless_tool_runs_and_each_hook_has_its_row()
    {
        using var claude = await ClientAsync("hook-allow");

        var answer = await claude.AskAsync(Touch, _plugin.Path);

        claude.Made("made").ShouldBeTrue(answer.Result);
        (await gateway.DecisionsOfAsync("hook-allow")).ShouldBe(["UserPromptSubmit allow", "PreToolUse Bash allow"]);
        (await gateway.Database.ColumnAsync<string>("select distinct session_id from governance.decisions where user_id = 'hook-allow'"))
            .ShouldBe([answer.SessionId]);
    }

    [Fact]
    public async Task A_destructive_command_is_refused_and_nothing_is_touched()
    {
        using var claude = await ClientAsync("hook-deny");
        File.WriteAllText(Path.Combine(claude.Home, "precious"), "");

        var answer = await claude.AskAsync("""/tool Bash {"command":"rm -rf ~/"}""", _plugin.Path);

        claude.Made("precious").ShouldBeTrue();
        answer.Result.ShouldContain("refused by policy blocklist");
        answer.Json.GetProperty("permission_denials").GetArrayLength().ShouldBe(1);
        (await gateway.DecisionsOfAsync("hook-deny")).ShouldBe(["UserPromptSubmit allow", "PreToolUse Bash deny blocklist"]);
    }

    [Fact]
    public async Task A_secret_in_the_prompt_is_stopped_before_any_model_call()
    {
        using var claude = await ClientAsync("hook-secret");

        var answer = await claude.AskAsync("use " + "AKIA" + "Q3EGVU7DXYSHJ2LM", _plugin.Path);

        answer.Result.ShouldContain("refused by policy secret_scan");
        (await gateway.DecisionsOfAsync("hook-secret")).ShouldBe(["UserPromptSubmit deny secret_scan"]);
        (await gateway.CallsOfAsync("hook-secret")).ShouldBeEmpty();
        (await gateway.Database.DumpAsync()).ShouldNotContain("AKIA" + "Q3EGVU7DXYSHJ2LM");
    }

    [Fact]
    public async Task Without_the_hooks_token_no_tool_runs()
    {
        var token = await gateway.Host.TokenAsync(subject: "hook-no-token");
        using var tools = new GovernedPlugin(gateway.Host.Address, without: "UserPromptSubmit");
        using var claude = new ClaudeCode { Url = gateway.Url, Token = token };

        var answer = await claude.AskAsync(Touch, tools.Path);

        claude.Made("made").ShouldBeFalse();
        answer.Result.ShouldStartWith("The tool failed: PreToolUse:Bash hook error");
        (await claude.AskAsync(Touch, _plugin.Path)).Result.ShouldContain("blocked by hook");
        claude.Made("made").ShouldBeFalse();
    }

    [Fact]
    public async Task With_an_expired_hooks_token_no_tool_runs()
    {
        var token = await gateway.Host.TokenAsync(subject: "hook-expired");
        using var tools = new GovernedPlugin(gateway.Host.Address, without: "UserPromptSubmit");
        using var claude = new ClaudeCode { Url = gateway.Url, Token = token, HookToken = Tokens.Expired(token, gateway.Secret) };

        var answer = await claude.AskAsync(Touch, tools.Path);

        claude.Made("made").ShouldBeFalse();
        answer.Result.ShouldContain("the token has expired");
    }

    [Fact]
    public async Task With_the_hooks_database_away_no_tool_runs_and_the_hook_says_why()
    {
        // The model door has a database of its own here: only the host that judges the hooks has lost its one.
        await using var database = await TestDatabase.CreateOwnAsync();
        await using var judge = await PublishedHost.StartAsync(database, new HostOptions { Secret = gateway.Secret });
        using var tools = new GovernedPlugin(judge.Address, without: "UserPromptSubmit");
        using var both = new GovernedPlugin(judge.Address);
        using var claude = await ClientAsync("hook-away");
        await database.StopServerAsync();

        var answer = await claude.AskAsync(Touch, tools.Path);

        claude.Made("made").ShouldBeFalse();
        answer.Result.ShouldContain("the audit trail cannot be written");
        (await claude.AskAsync("hello", both.Path)).Result.ShouldContain("the audit trail cannot be written");

        await database.StartServerAsync();
        await Condition.HoldsAsync("the judge is well again", TimeSpan.FromSeconds(30),
            async () => (await judge.Client.GetAsync("api/v1/health")).IsSuccessStatusCode);
        await claude.AskAsync(Touch, both.Path);
        claude.Made("made").ShouldBeTrue();
    }

    private async Task<ClaudeCode> ClientAsync(string user)
    {
        var token = await gateway.Host.TokenAsync(subject: user);
        return new ClaudeCode { Url = gateway.Url, Token = token, HookToken = token };
    }
}
