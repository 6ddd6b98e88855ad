namespace Systemprompt.Published.Tests;

/// <summary>The text of a profile that limits nothing but what a test asks for.</summary>
internal sealed record TestProfile
{
    public string Tenant { get; init; } = "myco";

    public string Issuer { get; init; } = "myco";

    /// <summary>More keys of section <c>database</c>.</summary>
    public string Database { get; init; } = "";

    /// <summary>Section <c>rate_limits</c>.</summary>
    public string RateLimits { get; init; } = "rate_limits: { enabled: false }";

    /// <summary>More sections.</summary>
    public string More { get; init; } = "";

    public override string ToString() =>
        $$"""
        tenant: {{Tenant}}
        server: { port: "${PORT}", shutdown_timeout: 20s }
        storage: { path: "${STORAGE_PATH}" }
        database:
          url: ${DATABASE_URL}
          {{Database}}
        logging: { level: info, format: json }
        security: { issuer: {{Issuer}}, audiences: [api], jwt_secret: "${JWT_SECRET}" }
        {{RateLimits}}
        governance: { rate: { enabled: false } }
        ai:
          providers:
            echo: { wire: echo, models: [echo] }
            anthropic:
              wire: anthropic
              endpoint: ${ANTHROPIC_BASE_URL:-https://api.anthropic.com}
              api_key: ${ANTHROPIC_API_KEY:-}
              models: ["claude-*"]
        {{More}}
        """;
}
