using System.Text;
using Microsoft.IdentityModel.Tokens;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>The HS256 keys of this environment: the current one signs and verifies, the previous one only verifies.</summary>
internal sealed class SigningKeys
{
    private SigningKeys(string current, string? previous)
    {
        Current = Key(current);
        Verifying = previous is null ? [Current] : [Current, Key(previous)];
    }

    public SymmetricSecurityKey Current { get; }

    public IReadOnlyList<SecurityKey> Verifying { get; }

    public static SigningKeys Of(Profile profile)
    {
        var settings = profile.Section<SecuritySettings>();
        return new SigningKeys(settings.JwtSecret ?? KeptSecret.ReadOrMake(profile.Section<StorageSettings>().Resolve("jwt-secret")), settings.JwtSecretPrevious);
    }

    /// <summary>What makes a secret unfit, or null.</summary>
    public static string? Weakness(string secret) =>
        Encoding.UTF8.GetByteCount(secret) < 32 ? "is shorter than 32 bytes; 'openssl rand -base64 48' makes a good one"
        : secret.Distinct().Count() < 8 ? "has fewer than 8 different characters; 'openssl rand -base64 48' makes a good one"
        : secret.Contains("changeme", StringComparison.OrdinalIgnoreCase) || secret.Contains("change-me", StringComparison.OrdinalIgnoreCase) ? "is a placeholder; 'openssl rand -base64 48' makes a good one"
        : null;

    private static SymmetricSecurityKey Key(string secret) => new(Encoding.UTF8.GetBytes(secret));
}
