using System.Text;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Security;

/// <summary>Issuer and verifier of one profile, on a clock that the test turns; and tokens that no issuer of ours would make.</summary>
internal sealed class TokenFixture
{
    public const string Secret = "a-first-secret-of-more-than-32-bytes-XYZ";
    public const string Former = "a-former-secret-of-more-than-32-bytes-ABC";

    public TokenFixture(string yaml = "", string secret = Secret)
    {
        Profile = Of($"jwt_secret: '${{JWT_SECRET}}', issuer: acme, audiences: [api, web]{yaml}", secret);
        Issuer = new TokenIssuer(Profile, Clock);
        Verifier = new TokenVerifier(Profile, Revoked, Clock);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

    public RevocationSet Revoked { get; } = new();

    public Profile Profile { get; }

    public TokenIssuer Issuer { get; }

    public TokenVerifier Verifier { get; }

    public string Good(TimeSpan? lifetime = null) => Issuer.Issue(new TokenRequest("alice", Tier.User, lifetime, Scopes: ["a", "b"], SessionId: "s-1"));

    public async Task<string?> CodeOfAsync(string token) => (await Verifier.VerifyAsync(token)).Code;

    /// <summary>A token with all the right claims but those given; null leaves one out.</summary>
    public string Make(string secret = Secret, string algorithm = SecurityAlgorithms.HmacSha256, params IReadOnlyList<(string Claim, object? Value)> changes)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = "acme", ["aud"] = "api", ["sub"] = "alice", ["jti"] = "t-1", ["tier"] = "user", ["tenant"] = "acme",
            ["iat"] = now, ["nbf"] = now, ["exp"] = now + 600,
        };
        foreach (var (claim, value) in changes)
            if (value is null) claims.Remove(claim);
            else claims[claim] = value;
        var credentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), algorithm);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor { Claims = claims, SigningCredentials = credentials });
    }

    public static Profile Of(string security, string? secret = Secret, string? former = null) => new(ProfileLoader.Parse(
        "test", "test/profile.yaml", $"tenant: acme\nsecurity: {{ {security} }}\n", new SecurityExtension().Settings,
        name => name switch { "JWT_SECRET" => secret, "JWT_SECRET_PREVIOUS" => former, _ => null }));
}
