using System.Net;
using Systemprompt.Security;

namespace Systemprompt.Analytics;

/// <summary>A finished request on its way into the table: values only, as the client sent them. Its address goes no further than the visitor's key.</summary>
internal readonly record struct RequestFact
{
    public required DateTimeOffset At { get; init; }

    public required string Method { get; init; }

    public required string? Route { get; init; }

    /// <summary>Set for page views alone.</summary>
    public required string? Page { get; init; }

    public required string? Referrer { get; init; }

    public required int Status { get; init; }

    public required string? Refusal { get; init; }

    public required TimeSpan Duration { get; init; }

    public required long? Bytes { get; init; }

    public required Principal Principal { get; init; }

    public required string UserAgent { get; init; }

    public required IPAddress? Address { get; init; }

    /// <summary>The visitor's cookie, where the profile has it.</summary>
    public required string? Cookie { get; init; }

    /// <summary>The browser asks not to be tracked, and the profile respects it.</summary>
    public required bool Untracked { get; init; }

    public required string Trace { get; init; }
}
