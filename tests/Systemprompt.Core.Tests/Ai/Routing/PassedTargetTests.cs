using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;
using Systemprompt.Core.Tests.Ai.Converted;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>Routes over protocols: what a call ends in when the last provider of its route cannot even be asked.</summary>
public sealed class PassedTargetTests
{
    private const string Good = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";

    // As Claude Code sends every call.
    private const string Marked = """{"model":"claude-sonnet-4-5","max_tokens":64,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"hi"}]}""";

    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(529, 529, "overloaded_error", "provider_overloaded")]
    [InlineData(503, 529, "overloaded_error", "provider_overloaded")]
    [InlineData(429, 429, "rate_limit_error", "provider_rate_limit")]
    [InlineData(500, 502, "api_error", "provider_error")]
    [InlineData(522, 502, "api_error", "provider_error")]
    public async Task Trouble_of_the_first_does_not_become_a_refusal_for_good_when_the_next_cannot_be_converted(int status, int answered, string type, string code)
    {
        await using var gateway = await StartAsync(["anthropic", "google/gemini-ferry"], answer: context => TroubleAsync(context, status));

        using var response = await gateway.SendAsync(Marked);

        ((int)response.StatusCode).ShouldBe(answered);
        (response.Headers.RetryAfter?.Delta, response.Headers.Contains("x-should-retry")).ShouldBe((TimeSpan.FromSeconds(7), false));
        (await GatewayFixture.ErrorAsync(response)).ShouldBe((type, $"provider anthropic: status {status}"));
        (await gateway.Stub.NextAsync()).Path.ShouldBe("/v1/messages");
        gateway.Stub.HasMore.ShouldBeFalse();
        var row = gateway.Audit.Settled;
        (row.Status, row.HttpStatus, row.Error, row.UpstreamStatus, row.UpstreamRequestId).ShouldBe((CallStatus.Failed, answered, code, status, "req_7"));
        // Null: whom the call was opened for.
        (row.Provider, row.UpstreamModel, row.Attempts, row.Cost, row.UsageUnknown).ShouldBe((null, null, 1, 0L, false));
        gateway.Audit.Opened.Provider.ShouldBe("anthropic");
    }

    [Fact]
    public async Task A_provider_that_broke_off_may_have_charged_and_the_row_says_so()
    {
        await using var gateway = await StartAsync(["anthropic", "google/gemini-ferry"], answer: static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        using var response = await gateway.SendAsync(Marked);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        var row = gateway.Audit.Settled;
        (row.Error, row.UpstreamStatus, row.Attempts, row.Cost, row.UsageUnknown).ShouldBe(("provider_cut", null, 1, null, true));
    }

    [Fact]
    public async Task A_provider_in_between_that_cannot_be_converted_changes_nothing()
    {
        var asked = 0;
        await using var gateway = await StartAsync(["anthropic", "google/gemini-ferry", "spare"], answer: context => Interlocked.Increment(ref asked) == 1 ? TroubleAsync(context, 529) : SendAsync(context, 200, Good));

        using var response = await gateway.SendAsync(Marked);

        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Provider, gateway.Audit.Settled.Attempts, gateway.Audit.Settled.UpstreamStatus).ShouldBe((CallStatus.Completed, "spare", 2, 200));
    }

    [Fact]
    public async Task The_first_trouble_is_told_when_there_are_several()
    {
        var asked = 0;
        await using var gateway = await StartAsync(["anthropic", "spare", "google/gemini-ferry"], answer: context => TroubleAsync(context, Interlocked.Increment(ref asked) == 1 ? 429 : 500));

        using var response = await gateway.SendAsync(Marked);

        ((int)response.StatusCode).ShouldBe(429);
        (gateway.Audit.Settled.Error, gateway.Audit.Settled.UpstreamStatus, gateway.Audit.Settled.Provider, gateway.Audit.Settled.Attempts).ShouldBe(("provider_rate_limit", 429, null, 2));
    }

    [Fact]
    public async Task A_call_that_nobody_of_its_route_can_be_asked_for_is_refused_for_good()
    {
        await using var gateway = await StartAsync(["google/gemini-ferry", "chat/gpt-ferry"], answer: static _ => Task.CompletedTask);

        using var response = await gateway.SendAsync(Marked);

        ((int)response.StatusCode).ShouldBe(400);
        response.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        (gateway.Audit.Settled.Error, gateway.Audit.Settled.Provider, gateway.Audit.Settled.Attempts).ShouldBe(("not_converted", "chat", 0));
    }

    [Theory]
    [InlineData("anthropic", "google/gemini-ferry", "provider_busy", 0, null)]
    [InlineData("spare", "anthropic", "provider_overloaded", 1, 503)]
    public async Task Want_of_a_place_is_for_now_and_a_provider_s_own_trouble_is_told_before_it(string first, string second, string code, int attempts, int? upstream)
    {
        await using var gateway = await StartAsync(
            [first, second],
            provider => provider with { MaxConcurrent = 1 },
            context => context.Request.Headers["x-api-key"] == GatewayFixture.Key ? WaitAsync(context) : TroubleAsync(context, 503));
        var held = gateway.SendAsync(GatewayFixture.Body("held"));
        await _waiting.Task.WaitAsync(TimeSpan.FromSeconds(10));

        using (var response = await gateway.SendAsync(Marked)) ((int)response.StatusCode).ShouldBe(529);

        var row = gateway.Audit.Rows.OfType<SettledRow>().ShouldHaveSingleItem();
        (row.Status, row.HttpStatus, row.Error, row.Attempts, row.UpstreamStatus, row.Cost).ShouldBe((CallStatus.Failed, 529, code, attempts, upstream, 0L));
        // The first of the route either way.
        row.Provider.ShouldBeNull();
        _release.SetResult();
        using var after = await held;
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static Task<GatewayFixture> StartAsync(IReadOnlyList<string> to, Func<ProviderSettings, ProviderSettings>? anthropic = null, Func<HttpContext, Task>? answer = null) => GatewayFixture.StartAsync(
        settings =>
        {
            var own = settings.Providers["anthropic"];
            return settings with
            {
                Providers = new Dictionary<string, ProviderSettings>
                {
                    ["anthropic"] = (anthropic ?? (same => same))(own with { Models = ["held"] }),
                    ["spare"] = own with { ApiKey = "sk-ant-of-the-spare", Models = ["spare-*"] },
                    ["google"] = OtherVendor.Gemini(own.Endpoint!),
                    ["chat"] = OtherVendor.Chat(own.Endpoint!),
                },
                Routes = new Dictionary<string, RouteSettings> { ["mixed"] = new() { Models = ["claude-*"], To = to } },
            };
        },
        answer: answer);

    private static Task TroubleAsync(HttpContext context, int status)
    {
        context.Response.Headers["retry-after"] = "7";
        context.Response.Headers["request-id"] = "req_7";
        return SendAsync(context, status, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""");
    }

    private async Task WaitAsync(HttpContext context)
    {
        _waiting.TrySetResult();
        await _release.Task;
        await SendAsync(context, 200, Good);
    }

    private static async Task SendAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    }
}
