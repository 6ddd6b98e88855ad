using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Analytics;

/// <summary>
/// Sessions and figures: who and what uses this installation, how much, and what it costs. Nothing leaves for anybody else, and an anonymous
/// visitor gets no cookie unless the profile says so.
/// </summary>
/// <remarks>
/// <para><b>Recording.</b> <see cref="RequestObserver"/> is told of every finished request. What another room records is only counted towards its
/// session (<see cref="SessionTally"/>); of the rest a <see cref="RequestFact"/> goes into a bounded queue. <see cref="TrafficWriter"/> writes both
/// every moment, in one transaction: no request waits for the database, or writes to it.</para>
/// <para><b>Figures.</b> Any extension contributes sources (<see cref="Extension.Facts"/>), with the statement that adds up its own tables.
/// <see cref="RollupJob"/> sums up the days that are over; <see cref="FactStore"/> answers from these sums and, for the rest, from the same statement.</para>
/// <para><b>Reports.</b> <see cref="ReportDesk"/> makes every report for commands and routes alike; <see cref="ReconcileDesk"/> puts a provider's export beside the figures of its calls.</para>
/// </remarks>
[Extension("analytics", Description = "Sessions, traffic and figures: recorded in batches, rolled up by day.")]
internal sealed class AnalyticsExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "governance", "http", "scheduler", "users"];

    public override int Priority => 60;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<AnalyticsSettings>("analytics", AnalyticsSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("analytics", HealthReports.OnceStarted(static services => services.GetRequiredService<AnalyticsHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override IReadOnlyList<RetentionRule> Retention =>
    [
        new("analytics.requests", static profile => profile.Section<AnalyticsSettings>().KeepRequests),
        new("analytics.sessions", static profile => profile.Section<AnalyticsSettings>().KeepSessions),
    ];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<RollupJob, NoArgs>(RollupJob.Kind)
        {
            Description = "Sums up the days that are over, of every source.",
            MaxRunning = 1,
            Timeout = TimeSpan.FromHours(2),
            // Late enough for what went on at midnight to have ended.
            Schedules = [new JobSchedule("nightly", "25 0 * * *")],
        },
    ];

    public override IReadOnlyList<FactSource> Facts => [TrafficStore.Requests, TrafficStore.Pages, TrafficStore.Sessions];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<AnalyticsSettings>());
        services.AddSingleton(static provider => new RequestQueue(provider.GetRequiredService<AnalyticsSettings>().Queue));
        services.AddSingleton(static provider => new SessionTally(provider.GetRequiredService<AnalyticsSettings>().Queue, provider.GetRequiredService<AnalyticsSettings>().SessionGap));
        services.AddSingleton<VisitorCookie>();
        services.AddSingleton<IRequestObserver, RequestObserver>();
        services.AddSingleton<TrafficStore>();
        services.AddSingleton<VisitorKeys>();
        services.AddSingleton<TrafficWriter>();
        services.AddSingleton<AnalyticsHealthCheck>();
        services.AddSingleton(static provider => FactCatalogue.Of(provider.GetRequiredService<ExtensionRegistry>()));
        services.AddSingleton<FactStore>();
        services.AddSingleton<ReportDesk>();
        services.AddSingleton<ReconcileDesk>();
    }

    public override void MapRoutes(RouteMap routes) => AnalyticsEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands)
    {
        AnalyticsCommands.Map(commands);
        ReconcileCommand.Map(commands);
    }

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        // What is contributed is checked now, not at midnight.
        services.GetRequiredService<FactCatalogue>();
        if (services.GetRequiredService<AnalyticsSettings>().Enabled) services.GetRequiredService<TrafficWriter>().Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<AnalyticsSettings>().Enabled ? services.GetRequiredService<TrafficWriter>().DisposeAsync() : ValueTask.CompletedTask;
}
