using System.Net;
using Systemprompt.Ai;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Calls that never leave for a provider.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("echo")]
    public async Task A_policys_refusal_is_451_that_asks_for_no_second_try(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Judge = _ => Decision(PolicyOutcome.Deny, null);

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));

        ((int)response.StatusCode).ShouldBe(451);
        response.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        response.Headers.RetryAfter.ShouldBeNull();
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("permission_error", "refused by policy blocklist: no tools today"));
        AssertRows(gateway, response, CallStatus.Refused, 451, "policy_deny");
        gateway.Audit.Opened.Decision!.Policy.ShouldBe("blocklist");
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(1001, "2")]
    [InlineData(null, "1")]
    public async Task A_limit_is_429_with_whole_seconds_to_wait(int? milliseconds, string seconds)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Judge = _ => Decision(PolicyOutcome.Limit, milliseconds is { } wait ? TimeSpan.FromMilliseconds(wait) : null);

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        response.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        response.Headers.GetValues("retry-after").ShouldBe([seconds]);
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("rate_limit_error");
        AssertRows(gateway, response, CallStatus.Refused, 429, "policy_limit");
    }

    [Fact]
    public async Task A_refusal_is_answered_only_when_its_row_is_committed()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Judge = _ => Decision(PolicyOutcome.Deny, null);
        gateway.Audit.Refuse<SettledRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("audit trail");
        gateway.Audit.Rows.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("echo")]
    public async Task Without_an_audit_trail_nothing_is_called(string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Audit.Refuse<OpenedRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream: true));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        (await GatewayFixture.ErrorAsync(response)).Type.ShouldBe("api_error");
        gateway.Audit.Rows.ShouldBeEmpty();
        gateway.Stub.HasMore.ShouldBeFalse();
        gateway.Budget.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_fault_inside_the_gateway_is_500_says_nothing_of_itself_and_has_its_rows()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Judge = _ => throw new InvalidOperationException("Host=db;Password=hunter2");

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var (type, message) = await GatewayFixture.ErrorAsync(response);
        (type, message.Contains("hunter2", StringComparison.Ordinal)).ShouldBe(("api_error", false));
        AssertRows(gateway, response, CallStatus.Failed, 500, "internal");
    }

    [Fact]
    public async Task A_fault_inside_the_gateway_during_an_outage_is_503()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Policies.Judge = _ => throw new InvalidOperationException("the test said so");
        gateway.Audit.Refuse<OpenedRow>();

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        gateway.Audit.Rows.ShouldBeEmpty();
    }

    private static PolicyDecision Decision(PolicyOutcome outcome, TimeSpan? retryAfter) =>
        new(outcome, "blocklist", "no tools today", retryAfter, [new PolicyStep("blocklist", outcome, 1)]);

    private static void AssertRows(GatewayFixture gateway, HttpResponseMessage response, CallStatus status, int httpStatus, string error)
    {
        var (opened, settled) = (gateway.Audit.Opened, gateway.Audit.Settled);
        response.Headers.GetValues("x-audit-id").ShouldBe([opened.Id.ToString()]);
        (settled.Id, settled.OpenedAt).ShouldBe((opened.Id, opened.OpenedAt));
        (settled.Status, settled.HttpStatus, settled.Error, settled.Cost, settled.UsageUnknown).ShouldBe((status, httpStatus, error, 0L, false));
        gateway.Stub.HasMore.ShouldBeFalse();
        gateway.Budget.Used.ShouldBe(0);
    }
}
