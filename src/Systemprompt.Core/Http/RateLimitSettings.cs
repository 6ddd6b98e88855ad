using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Http;

/// <summary>The profile section <c>rate_limits</c>. Each process counts for itself; nothing is coordinated.</summary>
public sealed record RateLimitSettings
{
    /// <summary>Off for development.</summary>
    [Description("false switches every limit off, the address limit too. For development.")]
    public bool Enabled { get; init; } = true;

    /// <summary>Multiplies every rate.</summary>
    [Description("Multiplies every tier, address and policy rate and burst.")]
    public double Scale { get; init; } = 1;

    /// <summary>For callers without a good token, by address.</summary>
    [Description("For requests without a good token, by client address (an IPv6 network of /64 counts as one).")]
    public RateSettings Address { get; init; } = new() { PerSecond = 20, Burst = 60 };

    /// <summary>By tier, each caller on its own.</summary>
    [Description("By tier; each caller is counted on its own, by the token's subject.")]
    public TierRates Tiers { get; init; } = new();

    /// <summary>How many callers are remembered.</summary>
    [Description("How many callers are remembered for each limit. Beyond it, the newcomers share one allowance.")]
    [Range(100, 10_000_000)]
    public int MaxKeys { get; init; } = 100_000;

    /// <summary>A rate with the scale applied.</summary>
    public RateSettings Scaled(RateSettings rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return new RateSettings { PerSecond = rate.PerSecond * Scale, Burst = (int)Math.Clamp(Math.Ceiling(rate.Burst * Scale), 1, int.MaxValue) };
    }

    internal static void Validate(RateLimitSettings settings, SettingsFaults faults)
    {
        if (!(settings.Scale is > 0 and <= 1e9)) faults.Add("scale", "must be more than 0");
        Check("address", settings.Address, faults);
        foreach (var tier in Enum.GetValues<Security.Tier>()) Check($"tiers.{Security.TokenClaims.Name(tier)}", settings.Tiers.Of(tier), faults);
    }

    private static void Check(string path, RateSettings rate, SettingsFaults faults)
    {
        if (!(rate.PerSecond is > 0 and <= 1e9)) faults.Add($"{path}.per_second", "must be more than 0");
        if (rate.Burst < 1) faults.Add($"{path}.burst", "must be at least 1");
    }
}

/// <summary>One rate.</summary>
public sealed record RateSettings
{
    /// <summary>Requests a second, in the long run.</summary>
    [Description("Requests a second in the long run; fractions are fine.")]
    public double PerSecond { get; init; } = 10;

    /// <summary>Requests at once after a quiet time.</summary>
    [Description("Requests that may come at once after a quiet time.")]
    public int Burst { get; init; } = 20;
}

/// <summary>A rate for each tier.</summary>
public sealed record TierRates
{
    /// <summary>Operators.</summary>
    [Description("Operators.")]
    public RateSettings Admin { get; init; } = new() { PerSecond = 100, Burst = 300 };

    /// <summary>People.</summary>
    [Description("People.")]
    public RateSettings User { get; init; } = new() { PerSecond = 20, Burst = 60 };

    /// <summary>MCP.</summary>
    [Description("MCP clients and servers.")]
    public RateSettings Mcp { get; init; } = new() { PerSecond = 50, Burst = 150 };

    /// <summary>A2A.</summary>
    [Description("Peer agents.")]
    public RateSettings A2a { get; init; } = new() { PerSecond = 50, Burst = 150 };

    /// <summary>Machines.</summary>
    [Description("Machine accounts.")]
    public RateSettings Service { get; init; } = new() { PerSecond = 100, Burst = 300 };

    /// <summary>Without a token.</summary>
    [Description("Callers without a token, by address, on routes that admit them.")]
    public RateSettings Anonymous { get; init; } = new() { PerSecond = 10, Burst = 40 };

    internal RateSettings Of(Security.Tier tier) => tier switch
    {
        Security.Tier.Admin => Admin,
        Security.Tier.User => User,
        Security.Tier.Mcp => Mcp,
        Security.Tier.A2A => A2a,
        Security.Tier.Service => Service,
        _ => Anonymous,
    };
}
