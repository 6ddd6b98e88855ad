using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Users;

/// <summary>
/// Who gets in, decided in memory and replaced as a whole when it is read again (<see cref="AccessFeed"/>): banned addresses, blocked users, access
/// keys. Asking takes no lock and no I/O.
/// </summary>
internal sealed class AccessControl(RoleCatalogue roles, TimeProvider clock) : IAddressGate, ISubjectGate, IKeyVerifier, IMemberships
{
    private static readonly PendingRefusal Banned = new(403, "address_banned", "this address is banned");
    private static readonly TokenVerdict Blocked = TokenVerdict.Bad("account_blocked", "this account is suspended or deleted; ask an administrator");
    private static readonly TokenVerdict Unknown = TokenVerdict.Bad("key_unknown", "the access key is unknown, expired or was deleted; ask for a new one");
    private volatile Snapshot _snapshot = new(BanList.Empty, FrozenSet<string>.Empty, FrozenDictionary<string, HeldKey>.Empty, FrozenDictionary<string, string[]>.Empty, FrozenDictionary<string, string[]>.Empty);

    public PendingRefusal? Judge(IPAddress address) => _snapshot.Bans.Contains(address, clock.GetUtcNow()) ? Banned : null;

    public TokenVerdict? Judge(Principal principal) => _snapshot.Blocked.Count > 0 && _snapshot.Blocked.Contains(principal.Subject) ? Blocked : null;

    public IReadOnlyList<string> TeamsOf(string login) => _snapshot.Teams.GetValueOrDefault(login, []);

    public IReadOnlyList<string> RolesOf(string login) => _snapshot.Roles.GetValueOrDefault(login, []);

    public TokenVerdict? Verify(string token, DateTimeOffset now)
    {
        if (AccessKey.PrefixOf(token) is not { } prefix) return null;
        if (!_snapshot.Keys.TryGetValue(prefix, out var key)) return Unknown;
        Span<byte> text = stackalloc byte[AccessKey.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        // A character outside Latin-1 becomes a question mark, which no key holds.
        Encoding.Latin1.GetBytes(token, text);
        SHA256.HashData(text, hash);
        if (!CryptographicOperations.FixedTimeEquals(hash, key.Hash) || now >= key.Principal.ExpiresAt) return Unknown;
        return key.Verdict;
    }

    public void Replace(AccessRows rows) => _snapshot = new Snapshot(
        new BanList(rows.Bans), rows.Blocked.ToFrozenSet(StringComparer.Ordinal), rows.Keys.ToFrozenDictionary(key => key.Prefix, key => new HeldKey(key, roles), StringComparer.Ordinal),
        rows.Teams.ToFrozenDictionary(member => member.Login, member => member.Teams, StringComparer.Ordinal), rows.Roles.ToFrozenDictionary(user => user.Login, user => user.Roles, StringComparer.Ordinal));

    private sealed record Snapshot(BanList Bans, FrozenSet<string> Blocked, FrozenDictionary<string, HeldKey> Keys, FrozenDictionary<string, string[]> Teams, FrozenDictionary<string, string[]> Roles);

    /// <summary>A key and whom it stands for.</summary>
    private sealed class HeldKey
    {
        public HeldKey(StoredKey key, RoleCatalogue roles)
        {
            Hash = key.Hash;
            Principal = new Principal
            {
                Subject = key.Login,
                Tier = TokenClaims.Parse(key.Tier)!.Value,
                TokenId = key.Prefix,
                Project = key.Project,
                Scopes = roles.ScopesOf(key.Roles),
                ExpiresAt = key.ExpiresAt is { } end ? new DateTimeOffset(end, TimeSpan.Zero) : DateTimeOffset.MaxValue,
            };
            Verdict = TokenVerdict.Good(Principal);
        }

        public byte[] Hash { get; }

        public Principal Principal { get; }

        public TokenVerdict Verdict { get; }
    }
}
