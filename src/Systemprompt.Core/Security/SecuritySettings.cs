using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>The profile section <c>security</c>: tokens.</summary>
public sealed record SecuritySettings
{
    /// <summary>Who issues the tokens.</summary>
    [Description("Who issues the tokens: the iss claim. A token of another issuer is refused.")]
    [MinLength(1)]
    public string Issuer { get; init; } = "systemprompt";

    /// <summary>Whom the tokens are for.</summary>
    [Description("Whom the tokens are for: the aud claim. A token must name at least one of these.")]
    [MinLength(1)]
    public IReadOnlyList<string> Audiences { get; init; } = ["api"];

    /// <summary>How long a token lives unless asked otherwise.</summary>
    [Description("How long a token lives unless 'admin token create --ttl' says otherwise.")]
    public TimeSpan TokenTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a token may live at most.</summary>
    [Description("How long a token may live at most. One that claims longer is refused.")]
    public TimeSpan MaxTokenTtl { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How far clocks may differ.</summary>
    [Description("How far the clocks of issuer and verifier may differ; at most 60s.")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Signs and verifies.</summary>
    [Description("The HS256 key, at least 32 bytes. Signs and verifies.")]
    [Secret]
    public string? JwtSecret { get; init; }

    /// <summary>Verifies only.</summary>
    [Description("The key before the current one: verifies, never signs. Set it while tokens signed with it are still around.")]
    [Secret]
    public string? JwtSecretPrevious { get; init; }

    /// <summary>Makes a secret when none is set.</summary>
    [Description("true makes a random key on first use and keeps it in storage.path/jwt-secret when jwt_secret is unset. For development and trials.")]
    public bool GenerateSecret { get; init; }

    /// <summary>How often revocations are read again.</summary>
    [Description("How often revocations are read again, should a notification have been missed.")]
    public TimeSpan RevocationPoll { get; init; } = TimeSpan.FromSeconds(5);
}
