using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Live;

/// <summary>
/// Settings that are changed while the server runs: policies, routes, whatever an extension declares with <see cref="SettingsSection.Live"/>. The profile in git
/// stays the default; what is set live stands over it, key by key, and every change has its version, author and reason.
/// </summary>
/// <remarks>
/// A value is written as it would stand in the profile, and goes through the same binder and the same checks before it is kept. Every process reads the table when it
/// starts and follows it (<see cref="LiveFeed"/>); rooms see the result through <see cref="ILive{T}"/> and never this room.
/// </remarks>
[Extension("live", Description = "Settings changed while the server runs, with history.")]
internal sealed class LiveExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security"];

    public override int Priority => 30;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<LiveSettings>("live", LiveSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("live", HealthReports.OnceStarted(static services => services.GetRequiredService<LiveHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<LiveSettings>());
        services.AddSingleton<LiveStore>();
        services.AddSingleton<LiveDesk>();
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<ILiveReader>(static services => services.GetRequiredService<LiveFeed>());
        services.AddSingleton<LiveHealthCheck>();
    }

    public override void MapRoutes(RouteMap routes) => LiveEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => LiveCommands.Map(commands);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) => new(services.GetRequiredService<LiveFeed>().StartAsync(cancellationToken));
}
