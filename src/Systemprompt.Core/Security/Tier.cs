namespace Systemprompt.Security;

/// <summary>What kind of caller a request comes from. Limits are per tier; routes name the tiers they admit.</summary>
public enum Tier
{
    /// <summary>No token.</summary>
    Anonymous,

    /// <summary>A person.</summary>
    User,

    /// <summary>A person or machine that operates the installation.</summary>
    Admin,

    /// <summary>An MCP client or server.</summary>
    Mcp,

    /// <summary>A peer agent speaking A2A.</summary>
    A2A,

    /// <summary>A machine account.</summary>
    Service,
}
