namespace Systemprompt.Clients.Tests;

/// <summary>Claude Code with nothing but the gateway's address and a token.</summary>
public sealed class ClaudeCodeTests(Gateway gateway) : IClassFixture<Gateway>
{
    [Fact]
    public async Task It_is_answered_and_its_row_names_its_session()
    {
        using var claude = await ClientAsync("cc-answer");

        var answer = await claude.AskAsync("say pineapple");

        answer.Run.ExitCode.ShouldBe(0, answer.Run.Error);
        answer.Result.ShouldBe("say pineapple");
        var rows = await gateway.Database.ColumnAsync<string>(
            $"select concat_ws(' ', status, client, cost_microdollars > 0, stream) from ai.requests where user_id = 'cc-answer' and session_id = '{answer.SessionId}'");
        rows.ShouldHaveSingleItem().ShouldBe("completed claude-cli/2.1.330 (external, sdk-cli) t t");
    }

    [Fact]
    public async Task It_runs_the_tool_that_the_model_calls()
    {
        using var claude = await ClientAsync("cc-tool");

        var answer = await claude.AskAsync("""/tool Bash {"command":"touch made"}""");

        claude.Made("made").ShouldBeTrue(answer.Result);
        (await gateway.CallsOfAsync("cc-tool")).ShouldBe(["completed 200", "completed 200"]);
    }

    [Fact]
    public async Task A_refused_prompt_costs_one_request_and_shows_the_reason()
    {
        using var claude = await ClientAsync("cc-refused");

        // Put together here, so that no scanner takes this file for a leak.
        var answer = await claude.AskAsync("use " + "AKIA" + "Q3EGVU7DXYSHJ2LM");

        answer.IsError.ShouldBeTrue();
        answer.ApiStatus.ShouldBe(451);
        answer.Result.ShouldStartWith("API Error: 451 refused by policy secret_scan");
        (await gateway.CallsOfAsync("cc-refused")).ShouldBe(["refused 451"]);
    }

    [Fact]
    public async Task An_expired_token_costs_one_request_and_is_said_to_be_expired()
    {
        var token = Tokens.Expired(await gateway.Host.TokenAsync(subject: "cc-expired"), gateway.Secret);
        using var claude = new ClaudeCode { Url = gateway.Url, Token = token };

        var answer = await claude.AskAsync("hello");

        answer.IsError.ShouldBeTrue();
        answer.ApiStatus.ShouldBe(401);
        answer.Result.ShouldContain("the token has expired");
        (await gateway.Database.ScalarAsync<long>($"select count(*) from governance.decisions where session_id = '{answer.SessionId}' and policy = 'token_expired'"))
            .ShouldBe(1);
    }

    [Fact]
    public async Task A_model_that_nobody_serves_is_asked_for_twice_the_second_time_without_streaming()
    {
        using var claude = await ClientAsync("cc-unknown");

        var answer = await claude.AskAsync("hello", model: "nowhere-1");

        answer.IsError.ShouldBeTrue();
        answer.ApiStatus.ShouldBe(404);
        // The client takes a 404 for a gateway that cannot stream.
        (await gateway.Database.ColumnAsync<string>("select concat_ws(' ', status, http_status, stream) from ai.requests where user_id = 'cc-unknown' order by created_at, id"))
            .ShouldBe(["failed 404 t", "failed 404 f"]);
    }

    [Fact]
    public async Task It_talks_to_a_provider_through_the_gateway()
    {
        using var claude = await ClientAsync("cc-provider");

        var answer = await claude.AskAsync("hello", model: "claude-sonnet-4-5");

        var upstream = await gateway.Stub.NextAsync();
        answer.Result.ShouldBe(AnthropicStub.StubMessages.Text);
        upstream.Query.ShouldBe("?beta=true");
        upstream.Headers["anthropic-beta"].ShouldNotBeEmpty();
        upstream.Headers["x-api-key"].ShouldBe(Gateway.ProviderKey);
        upstream.Headers.Keys.ShouldNotContain("authorization");
        (await gateway.CallsOfAsync("cc-provider")).ShouldBe(["completed 200"]);
    }

    private async Task<ClaudeCode> ClientAsync(string user) => new() { Url = gateway.Url, Token = await gateway.Host.TokenAsync(subject: user) };
}
