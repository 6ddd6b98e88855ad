namespace Systemprompt.Extensions;

/// <summary>How a policy judged.</summary>
public enum PolicyOutcome
{
    /// <summary>No objection.</summary>
    Pass,

    /// <summary>Refused for what it is; asking again changes nothing.</summary>
    Deny,

    /// <summary>Refused for now: too many, too fast.</summary>
    Limit,
}

/// <summary>One policy's judgement.</summary>
/// <param name="Outcome">Pass or the kind of refusal.</param>
/// <param name="Reason">For a refusal: one sentence for the person at the client. Never contains the offending text itself.</param>
/// <param name="RetryAfter">For <see cref="PolicyOutcome.Limit"/>: when asking again can succeed.</param>
public readonly record struct PolicyVerdict(PolicyOutcome Outcome, string? Reason = null, TimeSpan? RetryAfter = null)
{
    /// <summary>No objection.</summary>
    public static PolicyVerdict Pass => default;

    /// <summary>A refusal with its reason.</summary>
    public static PolicyVerdict Deny(string reason) => new(PolicyOutcome.Deny, reason);

    /// <summary>A refusal for now.</summary>
    public static PolicyVerdict Limit(string reason, TimeSpan retryAfter) => new(PolicyOutcome.Limit, reason, retryAfter);
}
