namespace Systemprompt.Http;

/// <summary>A refusal by the kernel (no token, wrong tier, limit) that a route with <see cref="ErrorShape.Own"/> answers in its own words.</summary>
/// <param name="Status">The status that would have been sent.</param>
/// <param name="Code">Stable short code such as <c>token_expired</c> or <c>rate_limited</c>.</param>
/// <param name="Reason">One sentence for the person at the client.</param>
/// <param name="RetryAfter">When asking again can succeed.</param>
public sealed record PendingRefusal(int Status, string Code, string Reason, TimeSpan? RetryAfter = null);
