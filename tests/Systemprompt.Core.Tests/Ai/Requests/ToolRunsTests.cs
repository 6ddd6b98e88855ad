using System.Net;
using System.Text;
using System.Text.Json;
using Systemprompt.Ai;
using Systemprompt.Audit;
using Systemprompt.Core.Tests.Governance;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Ai.Requests;

public sealed class ToolRunsTests
{
    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", null)]
    [InlineData("""{"messages":[{"role":"user","content":"say \"tool_result\""}]}""", null)]
    // Anthropic: results in one message, behind the calls; older ones were told before.
    [InlineData(
        """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"Read","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]},{"role":"assistant","content":[{"type":"text","text":"y"},{"type":"tool_use","id":"b","name":"Bash","input":{}},{"type":"tool_use","id":"c","name":"Edit","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"b"},{"type":"tool_result","tool_use_id":"c","is_error":true},{"type":"text","text":"go on"}]}]}""",
        """[{"id":"b","tool":"Bash"},{"id":"c","tool":"Edit"}]""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"Read"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]},{"role":"assistant","content":"done"},{"role":"user","content":"next"}]}""", null)]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"Read"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]},{"role":"user","content":"and now"}]}""", """[{"id":"a","tool":"Read"}]""")]
    // Chat Completions: one message a result.
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}},{"id":"b","function":{"name":"g"}}]},{"role":"tool","tool_call_id":"a","content":""},{"role":"tool","tool_call_id":"b","content":""}]}""", """[{"id":"b","tool":"g"},{"id":"a","tool":"f"}]""")]
    // Responses: items; a call that was told before has no name here.
    [InlineData("""{"input":[{"type":"function_call","call_id":"a","name":"f"},{"type":"function_call_output","call_id":"a"},{"type":"function_call","call_id":"b","name":"g"},{"type":"local_shell_call","call_id":"c"},{"type":"function_call_output","call_id":"b"},{"type":"local_shell_call_output","call_id":"c"}]}""", """[{"id":"c","tool":"local_shell"},{"id":"b","tool":"g"}]""")]
    [InlineData("""{"input":[{"type":"function_call","call_id":"a","namespace":"mcp__crm__","name":"delete"},{"type":"function_call_output","call_id":"a"}]}""", """[{"id":"a","tool":"mcp__crm__delete"}]""")]
    [InlineData("""{"previous_response_id":"r","input":[{"type":"function_call_output","call_id":"a"}]}""", """[{"id":"a"}]""")]
    [InlineData("""{"input":"a \"_call_output\" text"}""", null)]
    [InlineData("""{"messages":[7,{"role":"user","content":[{"type":"tool_result"},{"type":"tool_result","tool_use_id":7},{"type":"tool_result","tool_use_id":"\ud800"}]}]}""", """[{"id":"\uFFFD"}]""")]
    [InlineData("""{"messages":[{"\ud800":1,"role":"assistant","tool_calls":[{"\udc00":1,"id":"a","function":{"\ud800x":1,"name":"f"}}]},{"role":"tool","tool_call_id":"a","\ud800x":1,"content":""}]}""", """[{"id":"a","tool":"f"}]""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"Read"}]},{"role":"user","content":[{"type":"tool\u005fresult","tool_use_id":"a"}]}]}""", """[{"id":"a","tool":"Read"}]""")]
    [InlineData("""["tool_result"]""", null)]
    public void The_results_that_the_request_before_did_not_have_are_found(string body, string? found)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        RequestHeadReader.Read(bytes, body.StartsWith("{\"messages", StringComparison.Ordinal) ? RequestFields.Messages : RequestFields.Responses, out var head);
        (ToolRuns.Newest(bytes, head.LastParts) is { } json ? Encoding.UTF8.GetString(json) : null).ShouldBe(found);
    }

    [Fact]
    public void Of_a_long_conversation_the_last_calls_and_results_are_read()
    {
        var calls = string.Join(',', Enumerable.Range(0, 70).Select(i => $$"""{"type":"tool_use","id":"t{{i}}","name":"n{{i}}"}"""));
        var talk = string.Concat(Enumerable.Repeat("""{"role":"user","content":"and?"},{"role":"assistant","content":"so."},""", 100));
        var results = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"t{{i}}"}]}"""));
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{talk}}{"role":"assistant","content":[{{calls}}]},{{results}}]}""");

        RequestHeadReader.Read(body, RequestFields.Messages, out var head).ShouldBeNull();

        var ran = JsonDocument.Parse(ToolRuns.Newest(body, head.LastParts)!).RootElement;
        ran.GetArrayLength().ShouldBe(40);
        ran.EnumerateArray().ShouldAllBe(run => run.GetProperty("tool").GetString() == $"n{run.GetProperty("id").GetString()!.Substring(1)}");
    }

    [Fact]
    public void A_credential_that_a_cut_would_halve_is_found_before_it()
    {
        var secret = SecretScannerTests.Sample(SecretRules.All.First(rule => rule.Id == "anthropic_key"), 40, seed: 7);
        var name = new string('n', 110) + "-" + secret;

        var ran = Ran($$"""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"{{name}}"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""");

        Encoding.UTF8.GetString(ran).ShouldBe("""[{"id":"a","tool":"[redacted]"}]""");
    }

    [Fact]
    public void A_long_list_stays_a_list_of_what_a_row_keeps()
    {
        // Written as escapes, each of them takes six bytes.
        var ids = Enumerable.Range(0, ToolRuns.Most).Select(i => new string('é', 126) + $"{i:00}").ToList();
        var calls = string.Join(',', ids.Select(id => $$"""{"type":"tool_use","id":"{{id}}","name":"{{new string('é', 200)}}"}"""));
        var results = string.Join(',', ids.Select(id => $$"""{"type":"tool_result","tool_use_id":"{{id}}"}"""));

        var ran = Ran($$"""{"messages":[{"role":"assistant","content":[{{calls}}]},{"role":"user","content":[{{results}}]}]}""");

        ran.Length.ShouldBeInRange(CopyTuple.DefaultMaxJsonBytes - 8192, CopyTuple.DefaultMaxJsonBytes);
        JsonElement.Parse(ran).EnumerateArray().ShouldAllBe(run => run.GetProperty("tool").GetString()!.Length == 128);
    }

    [Theory]
    [InlineData("""{"model":"echo","messages":[{"type":"tool_result" """)]
    [InlineData("""{"model":"echo","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]} and more""")]
    public async Task A_broken_body_that_speaks_of_tools_is_refused_and_recorded_without_them(string body)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.Client.PostAsync("/v1/messages", new StringContent(body, Encoding.UTF8, "application/json"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Error).ShouldBe((CallStatus.Failed, "invalid_request"));
        gateway.Audit.Opened.Tools.ShouldBeNull();
    }

    private static byte[] Ran(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        RequestHeadReader.Read(bytes, RequestFields.Messages, out var head);
        return ToolRuns.Newest(bytes, head.LastParts)!;
    }
}
