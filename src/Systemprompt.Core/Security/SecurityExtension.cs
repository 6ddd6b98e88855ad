using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>
/// Tokens: issued and verified in process with the profile's HS256 secret, revoked through a table that every replica keeps in memory.
/// Verifying does no I/O, so a token still verifies with the database stopped.
/// </summary>
[Extension("security", Description = "Tokens: issue, verify, revoke.")]
internal sealed class SecurityExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database"];

    public override int Priority => 20;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<SecuritySettings>("security", Validate)];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => SecurityDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<RevocationSet>();
        services.AddSingleton<RevocationStore>();
        services.AddSingleton<RevocationFeed>();
    }

    public override void MapCommands(CommandMap commands) => TokenCommands.Map(commands);

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RevocationFeed>().StartAsync(cancellationToken);

    private static void Validate(SecuritySettings settings, SettingsFaults faults)
    {
        if (settings.JwtSecret is null && !settings.GenerateSecret) faults.Add("jwt_secret", "is unset; set the variable it names, or generate_secret: true for development");
        if (settings.JwtSecret is { } current && SigningKeys.Weakness(current) is { } weak) faults.Add("jwt_secret", weak);
        if (settings.JwtSecretPrevious is { } previous && SigningKeys.Weakness(previous) is { } weakPrevious) faults.Add("jwt_secret_previous", weakPrevious);
        if (settings.Issuer.Length == 0) faults.Add("issuer", "is empty");
        if (settings.Audiences.Any(string.IsNullOrWhiteSpace)) faults.Add("audiences", "holds an empty audience");
        if (settings.ClockSkew < TimeSpan.Zero || settings.ClockSkew > TimeSpan.FromSeconds(60)) faults.Add("clock_skew", "must be 0s to 60s");
        if (settings.TokenTtl <= TimeSpan.Zero || settings.TokenTtl > settings.MaxTokenTtl) faults.Add("token_ttl", "must be more than 0s and at most max_token_ttl");
        if (settings.RevocationPoll < TimeSpan.FromMilliseconds(100) || settings.RevocationPoll > TimeSpan.FromMinutes(1)) faults.Add("revocation_poll", "must be 100ms to 1m");
    }
}
