namespace Systemprompt.Security;

/// <summary>The claims that are ours, and how tiers are written.</summary>
internal static class TokenClaims
{
    public const string Tenant = "tenant";
    public const string Tier = "tier";
    public const string Scope = "scope";

    public static string Name(Tier tier) => tier switch
    {
        Security.Tier.Admin => "admin",
        Security.Tier.User => "user",
        Security.Tier.Mcp => "mcp",
        Security.Tier.A2A => "a2a",
        Security.Tier.Service => "service",
        _ => "anonymous",
    };

    /// <summary>The tier of a name; null for none, and for anonymous, which no token has.</summary>
    public static Tier? Parse(string? name) => name switch
    {
        "admin" => Security.Tier.Admin,
        "user" => Security.Tier.User,
        "mcp" => Security.Tier.Mcp,
        "a2a" => Security.Tier.A2A,
        "service" => Security.Tier.Service,
        _ => null,
    };
}
