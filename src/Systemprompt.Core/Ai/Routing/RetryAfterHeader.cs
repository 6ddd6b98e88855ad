using System.Globalization;
using System.Net.Http.Headers;

namespace Systemprompt.Ai;

/// <summary>When a provider wants to be asked again, as its answer says.</summary>
internal static class RetryAfterHeader
{
    /// <summary>
    /// <c>retry-after-ms</c>, which OpenAI's and Anthropic's libraries heed first, else <c>retry-after</c>: seconds, or a date (RFC 9110, 10.2.3). Null when there is
    /// neither, when it cannot be read, and when its date has passed.
    /// </summary>
    public static TimeSpan? Read(HttpResponseMessage response, DateTimeOffset now)
    {
        if (Number(response.Text("retry-after-ms")) is { } milliseconds) return TimeSpan.FromMilliseconds(milliseconds);
        var text = response.Text("retry-after");
        if (Number(text) is { } seconds) return TimeSpan.FromSeconds(seconds);
        return RetryConditionHeaderValue.TryParse(text, out var parsed) && parsed.Date is { } date && date > now ? date - now : null;
    }

    /// <summary>Vendors write parts of seconds too, which the RFC does not know.</summary>
    private static double? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? (double)Math.Min(number, int.MaxValue) : null;
}
