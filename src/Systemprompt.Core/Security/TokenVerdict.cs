namespace Systemprompt.Security;

/// <summary>What a token turned out to be.</summary>
/// <param name="Principal">Who calls, when the token is good.</param>
/// <param name="Code">Otherwise a stable code such as <c>token_expired</c>.</param>
/// <param name="Reason">And a sentence for a person, without the token's text.</param>
internal readonly record struct TokenVerdict(Principal? Principal, string? Code, string? Reason)
{
    public static TokenVerdict Good(Principal principal) => new(principal, null, null);

    public static TokenVerdict Bad(string code, string reason) => new(null, code, reason);
}
