namespace Systemprompt.Ai;

/// <summary>The tokens of one call, each kind apart: no token is in two of them. Never negative.</summary>
internal record struct TokenUsage
{
    /// <summary>Input tokens outside any cache.</summary>
    public long Input { get; set; }

    public long Output { get; set; }

    public long CacheWrite5m { get; set; }

    public long CacheWrite1h { get; set; }

    public long CacheRead { get; set; }

    /// <summary>How much of <see cref="Output"/> was thinking, where the provider says so. Told to clients, never added or charged.</summary>
    public long Reasoning { get; set; }

    /// <summary>Everything the model read, for prices that depend on the prompt's length.</summary>
    public readonly long Prompt => long.CreateSaturating((Int128)Input + CacheWrite5m + CacheWrite1h + CacheRead);
}
