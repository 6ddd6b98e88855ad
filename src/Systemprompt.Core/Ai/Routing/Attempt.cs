namespace Systemprompt.Ai;

/// <summary>What asking a provider once came to: the beginning of an answer, or why there is none.</summary>
internal sealed record Attempt(HttpResponseMessage? Response, GatewayFault? Fault, Exception? Exception)
{
    // A provider that asks for more patience than this is better left to the client, or to another provider.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(10);

    /// <summary>The beginning of a chat client's answer, which has no response.</summary>
    public ClientAnswer? Answer { get; init; }

    /// <summary>When the provider wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// True when the provider is in trouble, rather than the call: what it, or a proxy in front of it (520 to 524), answers then. 501 and 505 say what it cannot do
    /// at all. 429 is about the account: it is worth another provider, and breaks no circuit.
    /// </summary>
    public bool IsTrouble => Response is { } response
        ? (int)response.StatusCode is 408 or (>= 500 and not 501 and not 505)
        : Fault is { Status: >= 500, Code: not "provider_refuses_key" };

    /// <summary>True when asking elsewhere may bring an answer.</summary>
    public bool IsWorthAnother => IsTrouble || Response is { StatusCode: System.Net.HttpStatusCode.TooManyRequests } || Fault is { Status: 429 };

    /// <summary>True when asking the same provider once more may bring an answer. A time-out has cost its time, and perhaps money.</summary>
    public bool IsWorthRepeating => IsWorthAnother && Fault is not { Status: 504 } && (RetryAfter ?? TimeSpan.Zero) <= MostPatience;

    /// <summary>An answer that has begun.</summary>
    public static Attempt Of(HttpResponseMessage response, DateTimeOffset now) =>
        new(response, null, null) { RetryAfter = response.IsSuccessStatusCode ? null : RetryAfterHeader.Read(response, now) };

    /// <summary>What to tell when nobody else is asked.</summary>
    public GatewayFault Explain(string provider)
    {
        if (Fault is not null) return Fault;
        var status = (int)Response!.StatusCode;
        var fault = GatewayFault.OfProvider(provider, status, $"status {status}", RetryAfter);
        return Response.Text("x-should-retry") == "false" ? fault with { MayRetry = false } : fault;
    }
}
