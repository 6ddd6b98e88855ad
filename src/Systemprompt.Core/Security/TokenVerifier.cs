using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>
/// Verifies tokens in process, without I/O: signature, pinned algorithm, issuer, audience, tenant, times, id and tier. Good tokens are
/// remembered, so that a client's next request costs a hash and a look-up; bad ones never are, so that nobody can push good ones out.
/// </summary>
internal sealed class TokenVerifier
{
    /// <summary>A longer token is refused before anything is parsed.</summary>
    public const int MaxLength = 8192;

    private readonly TokenCache _cache = new(capacity: 10_000);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly TokenValidationParameters _parameters;
    private readonly RevocationSet _revocations;
    private readonly TimeProvider _clock;
    private readonly SecuritySettings _settings;
    private readonly string _tenant;
    private readonly ISubjectGate[] _gates;
    private readonly IKeyVerifier[] _keys;

    public TokenVerifier(Profile profile, RevocationSet revocations, TimeProvider clock, IEnumerable<ISubjectGate>? gates = null, IEnumerable<IKeyVerifier>? keys = null)
    {
        (_gates, _keys) = ([.. gates ?? []], [.. keys ?? []]);
        _settings = profile.Section<SecuritySettings>();
        _tenant = profile.Tenant;
        _revocations = revocations;
        _clock = clock;
        _parameters = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKeys = SigningKeys.Of(profile).Verifying,
            TryAllIssuerSigningKeys = true,
            ValidIssuer = _settings.Issuer,
            ValidAudiences = _settings.Audiences,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateLifetime = false,
        };
    }

    public async ValueTask<TokenVerdict> VerifyAsync(string token)
    {
        if (token.Length > MaxLength) return TokenVerdict.Bad("token_too_large", $"the token is longer than {MaxLength} characters");
        var now = _clock.GetUtcNow();
        foreach (var verifier in _keys)
            if (verifier.Verify(token, now) is { } found) return found.Principal is { } holder ? Ask(holder, found) : found;
        var key = TokenCache.Key(token);
        if (!_cache.TryGet(key, now, out var entry))
        {
            var verdict = await ReadAsync(token, now);
            if (verdict.Fault is { } fault) return fault;
            entry = verdict.Entry!;
            _cache.Add(key, entry, now);
        }

        if (now >= entry.Principal.ExpiresAt + _settings.ClockSkew) return Expired;
        return _revocations.IsRevoked(entry.Principal, entry.IssuedAt) ? TokenVerdict.Bad("token_revoked", "the token was revoked; ask for a new one") : Ask(entry.Principal, entry.Verdict);
    }

    /// <summary>The credential is good; its holder may still be refused. A key is not revoked but deleted: revocations end with the longest token.</summary>
    private TokenVerdict Ask(Principal principal, TokenVerdict good)
    {
        foreach (var gate in _gates)
            if (gate.Judge(principal) is { } refusal) return refusal;
        return good;
    }

    private static TokenVerdict Expired => TokenVerdict.Bad("token_expired", "the token has expired; ask for a new one");

    private async ValueTask<(VerifiedToken? Entry, TokenVerdict? Fault)> ReadAsync(string token, DateTimeOffset now)
    {
        TokenValidationResult result;
        try
        {
            result = await _handler.ValidateTokenAsync(token, _parameters);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException)
        {
            return (null, Malformed);
        }

        if (!result.IsValid) return (null, Fault(result.Exception));
        var jwt = (JsonWebToken)result.SecurityToken;
        return (Times(jwt, now) ?? Claims(jwt)) is { } fault ? (null, fault) : (Entry(jwt), null);
    }

    private TokenVerdict? Times(JsonWebToken jwt, DateTimeOffset now)
    {
        if (!jwt.TryGetPayloadValue<long>("exp", out var expires) || !jwt.TryGetPayloadValue<long>("nbf", out var notBefore) || !jwt.TryGetPayloadValue<long>("iat", out var issued))
            return TokenVerdict.Bad("token_malformed", "the token lacks exp, nbf or iat");
        var at = now.ToUnixTimeSeconds();
        var skew = (long)_settings.ClockSkew.TotalSeconds;
        if (at >= expires + skew) return Expired;
        if (at + skew < notBefore || at + skew < issued) return TokenVerdict.Bad("token_not_yet_valid", "the token is not valid yet; check the clocks");
        return expires - issued > _settings.MaxTokenTtl.TotalSeconds
            ? TokenVerdict.Bad("token_malformed", "the token claims a longer life than security.max_token_ttl allows")
            : null;
    }

    private TokenVerdict? Claims(JsonWebToken jwt)
    {
        if (string.IsNullOrEmpty(jwt.Subject) || string.IsNullOrEmpty(jwt.Id)) return TokenVerdict.Bad("token_malformed", "the token lacks sub or jti");
        if (TokenClaims.Parse(Text(jwt, TokenClaims.Tier)) is null) return TokenVerdict.Bad("token_malformed", "the token names no tier");
        return Text(jwt, TokenClaims.Tenant) == _tenant ? null : TokenVerdict.Bad("token_wrong_tenant", "the token is for another tenant");
    }

    private static VerifiedToken Entry(JsonWebToken jwt) => new(
        new Principal
        {
            Subject = jwt.Subject,
            Tier = TokenClaims.Parse(Text(jwt, TokenClaims.Tier))!.Value,
            TokenId = jwt.Id,
            SessionId = Text(jwt, JwtRegisteredClaimNames.Sid),
            Audiences = [.. jwt.Audiences],
            Scopes = (Text(jwt, TokenClaims.Scope) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(jwt.GetPayloadValue<long>("exp")),
        },
        DateTimeOffset.FromUnixTimeSeconds(jwt.GetPayloadValue<long>("iat")));

    private static string? Text(JsonWebToken jwt, string claim) => jwt.TryGetPayloadValue<object>(claim, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private static TokenVerdict Malformed => TokenVerdict.Bad("token_malformed", "the token cannot be read");

    private static TokenVerdict Fault(Exception? exception) => exception switch
    {
        SecurityTokenInvalidAudienceException => TokenVerdict.Bad("token_wrong_audience", "the token is for another audience"),
        SecurityTokenInvalidIssuerException => TokenVerdict.Bad("token_wrong_issuer", "the token is from another issuer"),
        SecurityTokenInvalidAlgorithmException => TokenVerdict.Bad("token_wrong_algorithm", "the token is not signed with HS256"),
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => TokenVerdict.Bad("token_wrong_signature", "the token's signature does not verify"),
        _ => Malformed,
    };
}
