using System.Net;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>What an answer's head says of the provider, and of when it wants to be asked again.</summary>
public sealed class AttemptTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(200, false, false)]
    [InlineData(400, false, false)]
    [InlineData(401, false, false)]
    [InlineData(408, true, true)]
    [InlineData(429, false, true)]
    [InlineData(500, true, true)]
    [InlineData(501, false, false)]
    [InlineData(502, true, true)]
    [InlineData(503, true, true)]
    [InlineData(504, true, true)]
    [InlineData(505, false, false)]
    [InlineData(520, true, true)]
    [InlineData(522, true, true)]
    [InlineData(524, true, true)]
    [InlineData(529, true, true)]
    public void A_status_is_the_providers_trouble_or_worth_another_or_neither(int status, bool trouble, bool another)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);

        var attempt = Attempt.Of(response, Now);

        (attempt.IsTrouble, attempt.IsWorthAnother, attempt.IsWorthRepeating).ShouldBe((trouble, another, another));
    }

    [Theory]
    [InlineData("7", null, 7000d)]
    [InlineData("0", null, 0d)]
    [InlineData("1.5", null, 1500d)]
    [InlineData("99999999999", null, int.MaxValue * 1000d)]
    [InlineData("Fri, 02 Jan 2026 03:04:12 GMT", null, 7000d)]
    [InlineData("Friday, 02-Jan-26 03:04:12 GMT", null, 7000d)]
    [InlineData("Fri Jan  2 03:04:12 2026", null, 7000d)]
    [InlineData("7", "1500", 1500d)]
    [InlineData(null, "250.5", 250.5)]
    [InlineData("7", "soon", 7000d)]
    [InlineData("soon", null, null)]
    [InlineData("-7", null, null)]
    [InlineData("Fri, 02 Jan 2026 03:04:05 GMT", null, null)]
    [InlineData("Thu, 01 Jan 2026 03:04:05 GMT", null, null)]
    [InlineData(null, null, null)]
    public void When_it_wants_to_be_asked_again_is_seconds_a_date_or_milliseconds(string? after, string? milliseconds, double? wait)
    {
        using var response = Answer(after, milliseconds);

        Attempt.Of(response, Now).RetryAfter?.TotalMilliseconds.ShouldBe(wait!.Value);
        (Attempt.Of(response, Now).RetryAfter is null).ShouldBe(wait is null);
    }

    [Theory]
    [InlineData("10", true)]
    [InlineData("11", false)]
    [InlineData("Fri, 02 Jan 2026 03:04:15 GMT", true)]
    [InlineData("Fri, 02 Jan 2026 03:04:16 GMT", false)]
    public void One_that_wants_a_long_time_is_not_asked_again(string after, bool repeats)
    {
        using var response = Answer(after, null);

        Attempt.Of(response, Now).IsWorthRepeating.ShouldBe(repeats);
        Attempt.Of(response, Now).IsWorthAnother.ShouldBeTrue();
    }

    [Fact]
    public void What_is_told_of_it_keeps_when_and_whether_to_ask_again()
    {
        using var response = Answer(null, "6500");
        response.Headers.TryAddWithoutValidation("x-should-retry", "false");

        var fault = Attempt.Of(response, Now).Explain("one");

        (fault.Status, fault.Code, fault.RetryAfter, fault.MayRetry).ShouldBe((529, "provider_overloaded", TimeSpan.FromSeconds(6.5), false));
        GatewayErrors.RetryAfterSeconds(fault.RetryAfter!.Value).ShouldBe("7");
    }

    [Theory]
    [InlineData(408)]
    [InlineData(522)]
    public void A_time_out_at_the_provider_is_no_fault_of_the_call_in_another_protocol(int status)
    {
        var fault = GatewayFault.OfProvider("one", status, "no", TimeSpan.FromSeconds(3));

        (fault.Status, fault.Code, fault.RetryAfter, fault.MayRetry).ShouldBe((502, "provider_error", TimeSpan.FromSeconds(3), true));
    }

    private static HttpResponseMessage Answer(string? after, string? milliseconds)
    {
        var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        if (after is not null) response.Headers.TryAddWithoutValidation("retry-after", after);
        if (milliseconds is not null) response.Headers.TryAddWithoutValidation("retry-after-ms", milliseconds);
        return response;
    }
}
