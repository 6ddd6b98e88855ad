using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai.Doors;

public sealed class CountTokensTests
{
    [Fact]
    public async Task Tokens_are_counted_by_the_provider_and_the_verdict_has_its_row()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, 200, """{"input_tokens":14}"""));
        var body = GatewayFixture.Body(content: "count me \\u26f4");

        using var response = await SendAsync(gateway, body);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"input_tokens":14}""");
        var seen = await gateway.Stub.NextAsync();
        (seen.Path, seen.Query, Encoding.UTF8.GetString(seen.Body), seen.Headers["x-api-key"]).ShouldBe(("/v1/messages/count_tokens", "?beta=true", body, GatewayFixture.Key));
        var row = gateway.Audit.Rows.ShouldHaveSingleItem().ShouldBeOfType<DecisionRow>();
        (row.Outcome, row.Model).ShouldBe((PolicyOutcome.Pass, "claude-sonnet-4-5"));
        row.Trace.ShouldHaveSingleItem().Policy.ShouldBe("scope");
        response.Headers.GetValues("x-audit-id").Single().ShouldBe(row.Id.ToString());
    }

    [Fact]
    public async Task What_a_policy_refuses_does_not_leave()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, 200, "{}"));
        gateway.Policies.Judge = _ => new PolicyDecision(PolicyOutcome.Deny, "secret_scan", "a credential", null, []);

        using var response = await SendAsync(gateway, GatewayFixture.Body());

        ((int)response.StatusCode).ShouldBe(451);
        gateway.Stub.HasMore.ShouldBeFalse();
        (gateway.Audit.Rows.ShouldHaveSingleItem().ShouldBeOfType<DecisionRow>().Outcome).ShouldBe(PolicyOutcome.Deny);
    }

    [Fact]
    public async Task Without_an_audit_trail_nothing_is_counted()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, 200, "{}"));
        gateway.Audit.Refuse<DecisionRow>();

        using var response = await SendAsync(gateway, GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        gateway.Stub.HasMore.ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"model":"echo","messages":[]}""", 501)]
    [InlineData("""{"model":"nowhere","messages":[]}""", 404)]
    [InlineData("""{"messages":[]}""", 404)]
    [InlineData("{", 400)]
    public async Task What_cannot_be_counted_is_answered_in_the_vendors_shape_and_has_its_row(string body, int status)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await SendAsync(gateway, body);

        ((int)response.StatusCode).ShouldBe(status);
        await GatewayFixture.ErrorAsync(response);
        gateway.Audit.Rows.ShouldHaveSingleItem().ShouldBeOfType<DecisionRow>();
    }

    [Fact]
    public async Task An_error_of_the_provider_is_passed_on_without_our_key()
    {
        await using var gateway = await GatewayFixture.StartAsync(answer: context => AnswerAsync(context, 401, $"wrong key {GatewayFixture.Key}"));

        using var response = await SendAsync(gateway, GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync()).ShouldBe("wrong key [redacted]");
    }

    private static Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string body) =>
        gateway.Client.PostAsync("/v1/messages/count_tokens?beta=true", new StringContent(body, Encoding.UTF8, "application/json"));

    private static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }
}
