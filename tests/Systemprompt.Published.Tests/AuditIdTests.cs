using System.Net;
using System.Text;

namespace Systemprompt.Published.Tests;

/// <summary>Every answer of <c>/v1</c> and of the hook door carries the id of a row, and the file reads it back.</summary>
[Collection(GatewayTests.Name)]
public sealed class AuditIdTests(GatewayFixture gateway)
{
    private const string Call = """{"model":"echo","max_tokens":64,"messages":[{"role":"user","content":"hello"}]}""";

    [Theory]
    [InlineData("POST", "v1/messages", Call, 200, "completed")]
    [InlineData("POST", "v1/messages", """{"model":"echo","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hello"}]}""", 200, "completed")]
    [InlineData("POST", "v1/messages", "{\"model\":", 400, "failed")]
    [InlineData("POST", "v1/messages", """{"model":"gpt-9","max_tokens":1,"messages":[]}""", 404, "failed")]
    [InlineData("POST", "v1/messages/count_tokens", Call, 501, "allow")]
    [InlineData("GET", "v1/models", null, 200, "allow")]
    [InlineData("GET", "v1/models/echo", null, 200, "allow")]
    [InlineData("GET", "v1/models/gpt-9", null, 404, "allow")]
    [InlineData("GET", "v1/nothing/here", null, 404, "allow")]
    [InlineData("POST", "api/v1/hooks/govern", """{"hook_event_name":"PreToolUse","tool_name":"Read","tool_input":{"file_path":"a"}}""", 200, "allow")]
    [InlineData("POST", "api/v1/hooks/govern", """{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}""", 200, "deny")]
    [InlineData("POST", "api/v1/hooks/govern", """{"hook_event_name":"UserPromptSubmit","prompt":"hello"}""", 200, "allow")]
    [InlineData("POST", "api/v1/hooks/govern", "no json", 200, "deny")]
    public async Task An_answer_with_a_token(string method, string path, string? body, int status, string recorded) =>
        await ShouldBeRecordedAsync(gateway.Alice, method, path, body, status, recorded, "alice");

    [Theory]
    [InlineData("POST", "v1/messages", Call, 401)]
    [InlineData("GET", "v1/models", null, 401)]
    [InlineData("GET", "v1/nothing/here", null, 401)]
    [InlineData("POST", "api/v1/hooks/govern", """{"hook_event_name":"PreToolUse","tool_name":"Read"}""", 200)]
    public async Task An_answer_without_one(string method, string path, string? body, int status) =>
        await ShouldBeRecordedAsync(gateway.Host.Client, method, path, body, status, "deny", null);

    [Fact]
    public async Task An_answer_to_a_forged_token()
    {
        using var forger = gateway.Host.ClientWith(gateway.Alice.DefaultRequestHeaders.Authorization!.Parameter![..^4] + "AAAA");

        await ShouldBeRecordedAsync(forger, "POST", "v1/messages", Call, 401, "deny", null);
    }

    [Fact]
    public async Task An_export_holds_every_row_once()
    {
        using var answer = await PublishedHost.AskAsync(gateway.Alice);

        var exported = (await gateway.Host.RunAsync("infra", "audit", "export", "--json")).Succeeded().Json().EnumerateArray().Select(entry => entry.GetProperty("id").GetGuid()).ToList();

        exported.ShouldContain(Guid.Parse(GatewayFixture.AuditId(answer)));
        exported.Count.ShouldBe(exported.Distinct().Count());
        exported.Order().ShouldBe((await gateway.Database.AuditIdsAsync()).Order());
        (await gateway.Host.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    private async Task ShouldBeRecordedAsync(HttpClient client, string method, string path, string? body, int status, string recorded, string? user)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await client.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(status);
        var id = GatewayFixture.AuditId(answer);
        var shown = (await gateway.Host.RunAsync("infra", "audit", "show", id, "--json")).Succeeded().Json();
        shown.GetProperty("id").GetString().ShouldBe(id);
        shown.GetProperty("status").GetString().ShouldBe(recorded);
        (shown.TryGetProperty("user_id", out var who) ? who.GetString() : null).ShouldBe(user);
        if (answer.StatusCode == HttpStatusCode.Unauthorized) answer.Headers.WwwAuthenticate.ShouldNotBeEmpty();
    }
}
