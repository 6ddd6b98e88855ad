using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Events;

/// <summary>
/// Events: published in the publisher's transaction, handled by any extension on one process or on all, listened to by users, sent to webhooks.
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> <see cref="EventPublisher"/> inserts into the outbox. <see cref="EventSequencer"/>, one process at a time, moves rows from
/// there into the log, giving ids in order, and in the same transaction enqueues jobs: one for each handler that runs once (<see cref="HandleJob"/>),
/// one for each webhook that wants the event (<see cref="DeliverJob"/>). <see cref="EventFeed"/> reads the log on every process and tells handlers that
/// run everywhere, and listeners (<see cref="EventStreams"/>).</para>
/// <para><b>Order.</b> Ids rise in the order of commits, since they are given under a lock that is held until commit: whoever has read up to an
/// id has missed nothing before it. That is what makes Last-Event-ID exact, over restarts and on another process.</para>
/// </remarks>
[Extension("events", Description = "Events: handlers, server-sent events, signed webhooks.")]
internal sealed class EventsExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "scheduler", "secrets", "security"];

    public override int Priority => 40;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<EventsSettings>("events", EventsSettings.Validate)];

    public override IReadOnlyList<RetentionRule> Retention => [new("events.log", static profile => profile.Section<EventsSettings>().Keep)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("events", static services => new EventsHealthCheck(services.GetRequiredService<EventStreams>()), HealthStatus.Degraded, [Hosting.HealthReports.ServerOnly])];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<HandleJob, HandleArgs>(HandleJob.Kind) { Description = "Runs an event's handler." },
        new JobRegistration<DeliverJob, DeliverArgs>(DeliverJob.Kind) { Description = "Sends an event to a webhook.", Timeout = TimeSpan.FromMinutes(2), MaxAttempts = 12 },
    ];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => EventsDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<EventsSettings>());
        services.AddSingleton<EventStore>();
        services.AddSingleton<EventHandlers>();
        services.AddSingleton<IEvents>(static provider => ActivatorUtilities.CreateInstance<EventPublisher>(provider, ActivatorUtilities.CreateInstance<Announcer>(provider, EventStore.OutboxChannel)));
        services.AddSingleton<EventSequencer>();
        services.AddSingleton<EventStreams>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<StreamEndpoint>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<WebhookDesk>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<EventsMetrics>();
    }

    public override void MapRoutes(RouteMap routes) => EventsEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => EventsCommands.Map(commands);

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<EventsMetrics>();
        await services.GetRequiredService<EventFeed>().StartAsync(cancellationToken);
        services.GetRequiredService<EventSequencer>().Start();
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<EventSequencer>().Dispose();
        services.GetRequiredService<EventFeed>().Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>How many listen. The loops that feed them are in the check <c>background</c>.</summary>
internal sealed class EventsHealthCheck(EventStreams streams) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy($"{streams.Count} listen"));
}
