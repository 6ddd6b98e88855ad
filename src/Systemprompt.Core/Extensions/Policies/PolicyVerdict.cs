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

    /// <summary>No objection, with a remark that stands in the trace.</summary>
    Warn,
}

/// <summary>One policy's judgement.</summary>
/// <param name="Outcome">Pass, a remark, or the kind of refusal.</param>
/// <param name="Reason">For a refusal or a remark: one sentence for the person at the client, or for who reads the trace. Never contains the offending text itself.</param>
/// <param name="RetryAfter">For <see cref="PolicyOutcome.Limit"/>: when asking again can succeed.</param>
public readonly record struct PolicyVerdict(PolicyOutcome Outcome, string? Reason = null, TimeSpan? RetryAfter = null)
{
    /// <summary>
    /// The payload to go on with in place of what was received; null leaves it as it is. Only for model calls: a hook event cannot be changed, so there it refuses.
    /// </summary>
    public ReadOnlyMemory<byte>? Content { get; private init; }

    /// <summary>No objection.</summary>
    public static PolicyVerdict Pass => default;

    /// <summary>A refusal with its reason.</summary>
    public static PolicyVerdict Deny(string reason) => new(PolicyOutcome.Deny, reason);

    /// <summary>A refusal for now.</summary>
    public static PolicyVerdict Limit(string reason, TimeSpan retryAfter) => new(PolicyOutcome.Limit, reason, retryAfter);

    /// <summary>A remark.</summary>
    public static PolicyVerdict Warn(string reason) => new(PolicyOutcome.Warn, reason);

    /// <summary>The call goes on with another payload, which must be well-formed JSON of the same form; the remark says what was changed.</summary>
    public static PolicyVerdict Rewrite(ReadOnlyMemory<byte> content, string reason) => new(PolicyOutcome.Warn, reason) { Content = content };
}
