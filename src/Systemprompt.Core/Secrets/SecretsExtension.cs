using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Secrets;

/// <summary>
/// Secrets at rest: values sealed with a key that only the profile knows, in PostgreSQL, opened in memory for whoever in this process needs one.
/// </summary>
/// <remarks>
/// <see cref="SealingKey"/> is derived from the profile's key and the tenant; a row names the key, so that two can be in use while one replaces
/// the other. <see cref="SecretVault"/> seals and opens, <see cref="SecretStore"/> keeps, <see cref="SecretCache"/> holds the opened values and is
/// told of changes. Values enter by standard input or HTTP and never come out again but to a provider.
/// </remarks>
[Extension("secrets", Description = "Secrets sealed in the database, with key rotation.")]
internal sealed class SecretsExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security"];

    public override int Priority => 30;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<SecretsSettings>("secrets", SecretsSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("secrets", HealthReports.OnceStarted(static services => services.GetRequiredService<SecretsHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => SecretsDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<SecretsSettings>());
        services.AddSingleton<SecretKeys>();
        services.AddSingleton<SecretStore>();
        services.AddSingleton<SecretVault>();
        services.AddSingleton<SecretCache>();
        services.AddSingleton<ISecrets>(static provider => provider.GetRequiredService<SecretCache>());
        services.AddSingleton<ISecretReader>(static provider => provider.GetRequiredService<SecretCache>());
        services.AddSingleton<SecretsHealthCheck>();
    }

    public override void MapRoutes(RouteMap routes) => SecretsEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => SecretsCommands.Map(commands);

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<SecretCache>().StartAsync(cancellationToken);
}
