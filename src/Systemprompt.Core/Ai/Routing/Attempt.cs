using System.Globalization;

namespace Systemprompt.Ai;

/// <summary>What asking a provider once came to: the beginning of an answer, or why there is none.</summary>
internal sealed record Attempt(HttpResponseMessage? Response, GatewayFault? Fault, Exception? Exception)
{
    // A provider that asks for more patience than this is better left to the client, or to another provider.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(10);

    /// <summary>The beginning of a chat client's answer, which has no response.</summary>
    public ClientAnswer? Answer { get; init; }

    /// <summary>True when the provider is in trouble, rather than the call.</summary>
    public bool IsTrouble => Response is { } response ? (int)response.StatusCode is 500 or 502 or 503 or 504 or 529 : Fault is { Status: >= 500, Code: not "provider_refuses_key" };

    /// <summary>True when asking elsewhere may bring an answer.</summary>
    public bool IsWorthAnother => IsTrouble || Response is { StatusCode: System.Net.HttpStatusCode.TooManyRequests } || Fault is { Status: 429 };

    /// <summary>True when asking the same provider once more may bring an answer. A time-out has cost its time, and perhaps money.</summary>
    public bool IsWorthRepeating => IsWorthAnother && Fault is not { Status: 504 } && (RetryAfter ?? TimeSpan.Zero) <= MostPatience;

    /// <summary>When the provider wants to be asked again.</summary>
    public TimeSpan? RetryAfter => Response is { } response ? Wait(response) : null;

    /// <summary>What to tell when nobody else is asked.</summary>
    public GatewayFault Explain(string provider) => Fault ?? GatewayFault.OfProvider(provider, (int)Response!.StatusCode, $"status {(int)Response.StatusCode}", RetryAfter);

    /// <summary>Seconds, as the header has them; a date is not read.</summary>
    public static TimeSpan? Wait(HttpResponseMessage response) =>
        int.TryParse(response.Text("retry-after"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
