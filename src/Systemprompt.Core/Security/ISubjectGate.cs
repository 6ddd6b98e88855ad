namespace Systemprompt.Security;

/// <summary>Looks at callers whose token is good: a room's seam to refuse one whom it knows more about. On every request: no I/O.</summary>
internal interface ISubjectGate
{
    /// <summary>Null to let pass.</summary>
    TokenVerdict? Judge(Principal principal);
}

/// <summary>Verifies credentials that are no JWT: a room's seam for keys of its own. On every request: no I/O.</summary>
internal interface IKeyVerifier
{
    /// <summary>Null when the text has not the form of its keys.</summary>
    /// <param name="token">What the caller sent.</param>
    /// <param name="now">The time.</param>
    TokenVerdict? Verify(string token, DateTimeOffset now);
}
