using Systemprompt.Security;

namespace Systemprompt.Http;

/// <summary>Who may call a route. Every route carries one, by construction.</summary>
public sealed record AccessRule
{
    /// <summary>Anybody, with or without a token.</summary>
    public static AccessRule Public { get; } = new() { Tiers = Enum.GetValues<Tier>().ToHashSet() };

    /// <summary>The tiers admitted.</summary>
    public required IReadOnlySet<Tier> Tiers { get; init; }

    /// <summary>A scope the token must carry besides, or null.</summary>
    public string? Scope { get; init; }

    /// <summary>True when a caller without a token is admitted.</summary>
    public bool AdmitsAnonymous => Tiers.Contains(Tier.Anonymous);

    /// <summary>Whether the rule admits a caller.</summary>
    public bool Admits(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return Tiers.Contains(principal.Tier) && (Scope is null || principal.Scopes.Contains(Scope));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        (AdmitsAnonymous ? "public" : string.Join(",", Tiers.Order().Select(tier => tier.ToString().ToLowerInvariant())))
        + (Scope is null ? "" : $" scope:{Scope}");
}
