namespace Systemprompt.Security;

/// <summary>Who a request comes from, as the verified token says. Immutable.</summary>
public sealed record Principal
{
    /// <summary>A caller without a token.</summary>
    public static Principal Anonymous { get; } = new() { Subject = "anonymous", Tier = Tier.Anonymous };

    /// <summary>The token's <c>sub</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The token's <c>tier</c>.</summary>
    public required Tier Tier { get; init; }

    /// <summary>The token's <c>scope</c>, split.</summary>
    public IReadOnlySet<string> Scopes { get; init; } = new HashSet<string>();

    /// <summary>The token's <c>aud</c>.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>The token's <c>jti</c>.</summary>
    public string TokenId { get; init; } = "";

    /// <summary>The token's <c>sid</c>: the session it was issued in.</summary>
    public string? SessionId { get; init; }

    /// <summary>What calls with this access key count for, unless they name a project themselves; null for none, and for tokens.</summary>
    public string? Project { get; init; }

    /// <summary>The token's <c>exp</c>.</summary>
    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>False for a caller without a token.</summary>
    public bool IsAuthenticated => Tier != Tier.Anonymous;
}
