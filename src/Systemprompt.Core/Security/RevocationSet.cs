using System.Collections.Frozen;

namespace Systemprompt.Security;

/// <summary>
/// Which tokens are refused before they expire. Held in memory and replaced as a whole when it is read again, so that asking takes no lock
/// and no I/O. Its size is that of the table, whose rows go when the tokens they concern have expired.
/// </summary>
internal sealed class RevocationSet
{
    private volatile Snapshot _snapshot = new(FrozenSet<string>.Empty, FrozenDictionary<string, DateTimeOffset>.Empty);

    /// <summary>How many revocations are in force.</summary>
    public int Count => _snapshot.Tokens.Count + _snapshot.Subjects.Count;

    public bool IsRevoked(Principal principal, DateTimeOffset issuedAt)
    {
        var snapshot = _snapshot;
        return (snapshot.Tokens.Count > 0 && snapshot.Tokens.Contains(principal.TokenId))
            || (snapshot.Subjects.Count > 0 && snapshot.Subjects.TryGetValue(principal.Subject, out var before) && issuedAt <= before);
    }

    public void Replace(IReadOnlyCollection<Revocation> revocations) => _snapshot = new Snapshot(
        revocations.Where(revocation => revocation.Jti is not null).Select(revocation => revocation.Jti!).ToFrozenSet(StringComparer.Ordinal),
        revocations.Where(revocation => revocation.Sub is not null).GroupBy(revocation => revocation.Sub!, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.Max(revocation => revocation.Before), StringComparer.Ordinal));

    private sealed record Snapshot(FrozenSet<string> Tokens, FrozenDictionary<string, DateTimeOffset> Subjects);
}

/// <summary>One revocation: of a token by its id, or of a subject's tokens issued at or before a moment.</summary>
internal sealed record Revocation(string? Jti, string? Sub, DateTimeOffset Before);
