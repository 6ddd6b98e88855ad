using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Security;

/// <summary>A token that verified.</summary>
internal sealed class VerifiedToken(Principal principal, DateTimeOffset issuedAt)
{
    public Principal Principal { get; } = principal;

    public DateTimeOffset IssuedAt { get; } = issuedAt;

    public TokenVerdict Verdict { get; } = TokenVerdict.Good(principal);
}

/// <summary>Tokens that verified, by the first half of their SHA-256. Bounded: when full, what has expired goes, and else nothing new comes in.</summary>
internal sealed class TokenCache(int capacity)
{
    private readonly ConcurrentDictionary<UInt128, VerifiedToken> _entries = new();
    private long _sweptAt;

    public static UInt128 Key(string token)
    {
        Span<byte> ascii = stackalloc byte[TokenVerifier.MaxLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        // One byte a character; what Latin-1 lacks becomes a question mark, and such a token never verifies.
        var length = Encoding.Latin1.GetBytes(token, ascii);
        SHA256.HashData(ascii[..length], hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    public bool TryGet(UInt128 key, DateTimeOffset now, out VerifiedToken entry) => _entries.TryGetValue(key, out entry!);

    public void Add(UInt128 key, VerifiedToken entry, DateTimeOffset now)
    {
        if (_entries.Count >= capacity) Sweep(now);
        if (_entries.Count < capacity) _entries[key] = entry;
    }

    /// <summary>At most once a second: a full cache of live tokens must not be walked for every new one.</summary>
    private void Sweep(DateTimeOffset now)
    {
        var last = Volatile.Read(ref _sweptAt);
        if (now.ToUnixTimeSeconds() == last || Interlocked.CompareExchange(ref _sweptAt, now.ToUnixTimeSeconds(), last) != last) return;
        foreach (var (key, entry) in _entries)
            if (entry.Principal.ExpiresAt <= now) _entries.TryRemove(key, out _);
    }
}
