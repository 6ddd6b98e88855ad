namespace Systemprompt.Generators;

/// <summary>The rules for an extension's id. It becomes the name of a PostgreSQL schema, a profile section and a CLI listing.</summary>
internal static class ExtensionId
{
    /// <summary>Ids of the shipped parts, those planned included: a customer's schema must not stand in the way of an upgrade.</summary>
    public static readonly IReadOnlyCollection<string> Shipped = new HashSet<string>(StringComparer.Ordinal)
    {
        "extensions", "profiles", "hosting", "database", "security", "http",
        "logging", "audit", "governance", "ai", "analytics", "files", "users", "mcp", "oauth", "content", "agents", "scheduler",
        "events", "secrets", "telemetry", "budgets", "live",
    };

    /// <summary><c>[a-z][a-z0-9_]{1,40}</c></summary>
    public static bool IsWellFormed(string id) =>
        id.Length is >= 2 and <= 41 && id[0] is >= 'a' and <= 'z' && id.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');

    /// <summary>Who already owns the id, or null when it is free.</summary>
    public static string? OwnerOf(string id) => id switch
    {
        "public" or "information_schema" => "PostgreSQL",
        _ when id.StartsWith("pg_", StringComparison.Ordinal) => "PostgreSQL",
        _ when Shipped.Contains(id) => "Systemprompt",
        _ => null,
    };
}
