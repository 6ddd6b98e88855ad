using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary>
/// Brings everything up in order and down again, and says how it fares: <c>services start|status|health</c>, <c>version</c>,
/// <c>doctor</c>, and <c>/api/v1/health</c> with <c>/live</c> and <c>/ready</c>.
/// </summary>
[Extension("hosting", Description = "Start-up, readiness, shutdown, health, doctor.")]
internal sealed class HostingExtension : CoreExtension
{
    public override int Priority => 0;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<StorageSettings>("storage")];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
    [
        new("background", services => new BackgroundHealthCheck(services.GetRequiredService<BackgroundLoops>()), HealthStatus.Degraded, [HealthReports.ServerOnly]),
        new("clock", services => new ClockHealthCheck(services.GetRequiredService<ClockWatch>()), HealthStatus.Degraded, [HealthReports.ServerOnly]),
    ];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => MachineChecks.All;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<HostingMetrics>();
    }

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<ClockWatch>().Start();
        services.GetRequiredService<HostingMetrics>();
        return ValueTask.CompletedTask;
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) => services.GetRequiredService<ClockWatch>().DisposeAsync();

    public override void MapRoutes(RouteMap routes) => HealthEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands)
    {
        ServiceCommands.Map(commands);
        DoctorCommand.Map(commands);
        VersionCommand.Map(commands);
    }
}
