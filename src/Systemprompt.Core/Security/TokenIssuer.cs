using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>What a new token shall say.</summary>
/// <param name="Subject">Who it is for.</param>
/// <param name="Tier">The tier.</param>
/// <param name="Lifetime">How long it lives; null takes the profile's.</param>
/// <param name="Audiences">Whom it may be shown to; empty means every audience of the profile.</param>
/// <param name="Scopes">Scopes it carries.</param>
/// <param name="SessionId">The session it belongs to, or null.</param>
public sealed record TokenRequest(
    string Subject, Tier Tier, TimeSpan? Lifetime = null, IReadOnlyList<string>? Audiences = null, IReadOnlyList<string>? Scopes = null, string? SessionId = null);

/// <summary>Issues tokens, locally: no database, no other service.</summary>
public sealed class TokenIssuer(Profile profile, TimeProvider clock)
{
    private readonly SecuritySettings _settings = profile.Section<SecuritySettings>();
    private readonly Lazy<SigningCredentials> _signing = new(() => new SigningCredentials(SigningKeys.Of(profile).Current, SecurityAlgorithms.HmacSha256));

    /// <summary>Issues a token (RFC 7519, HS256).</summary>
    /// <exception cref="ArgumentException">The request does not fit the profile; the message says how.</exception>
    public string Issue(TokenRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var lifetime = request.Lifetime ?? _settings.TokenTtl;
        if (string.IsNullOrWhiteSpace(request.Subject)) throw new ArgumentException("a token needs a subject");
        if (request.Tier == Tier.Anonymous) throw new ArgumentException("tier anonymous is for callers without a token; choose user, admin, service, mcp or a2a");
        if (lifetime <= TimeSpan.Zero || lifetime > _settings.MaxTokenTtl)
            throw new ArgumentException($"a token may live at most {_settings.MaxTokenTtl.TotalHours:0.##} hours (security.max_token_ttl)");
        var audiences = request.Audiences is { Count: > 0 } ? request.Audiences : _settings.Audiences;
        foreach (var audience in audiences)
            if (!_settings.Audiences.Contains(audience))
                throw new ArgumentException($"audience '{audience}' is not one of the profile's: {string.Join(", ", _settings.Audiences)} (security.audiences)");

        var now = clock.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Sub] = request.Subject,
            [JwtRegisteredClaimNames.Jti] = Guid.CreateVersion7(now).ToString("n"),
            [JwtRegisteredClaimNames.Aud] = audiences.ToArray(),
            [TokenClaims.Tenant] = profile.Tenant,
            [TokenClaims.Tier] = TokenClaims.Name(request.Tier),
        };
        if (request.Scopes is { Count: > 0 }) claims[TokenClaims.Scope] = string.Join(' ', request.Scopes);
        if (request.SessionId is not null) claims[JwtRegisteredClaimNames.Sid] = request.SessionId;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = _settings.Issuer,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = _signing.Value,
        });
    }
}
