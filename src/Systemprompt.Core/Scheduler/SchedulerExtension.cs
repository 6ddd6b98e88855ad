using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>
/// The job queue: typed jobs of any extension, enqueued in the caller's transaction, run by every process that is not told otherwise.
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> <see cref="JobQueue"/> inserts a row and, at most every few milliseconds, a notification (<see cref="Announcer"/>).
/// <see cref="JobWorker"/> takes what is due in batches (<c>for update skip locked</c>), woken by notifications and looking for itself every
/// <c>scheduler.poll</c>; <see cref="JobRunner"/> runs an attempt in a scope of its own; <see cref="JobRecorder"/> writes in batches how they
/// ended. A job that is over leaves <c>scheduler.jobs</c> for <c>scheduler.history</c>, which is partitioned by day.</para>
/// <para><b>At least once.</b> A row is taken in one transaction and recorded in another, with the work in between. Each write names id, attempt
/// and worker, so that an attempt which was given to somebody else cannot record anything any more.</para>
/// <para><b>Death.</b> A worker has a lease (<see cref="WorkerHeartbeat"/>). The leader removes those that ran out and gives their jobs back; one
/// that was only slow finds itself removed, stops what it runs, and goes on as a new worker. An attempt that was interrupted or lost is no
/// failure; a job that was lost too often is dead, since it may be what kills.</para>
/// <para><b>Leader.</b> A row with a term and a lease, kept by the same heartbeat. It steps down by its own clock before the lease is over.
/// <see cref="Leadership"/> enqueues what is due by schedule, rescues, tidies; every step locks its rows, so two leaders do no harm.</para>
/// <para><b>Stop.</b> Taking stops with the first signal. What runs has the time of open requests, then its token is cancelled, then it is cut;
/// it runs again elsewhere at once.</para>
/// </remarks>
[Extension("scheduler", Description = "The job queue and its schedules, on PostgreSQL.")]
internal sealed class SchedulerExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security"];

    public override int Priority => 30;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<SchedulerSettings>("scheduler", SchedulerSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("scheduler", HealthReports.OnceStarted(static services => services.GetRequiredService<SchedulerHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override IReadOnlyList<JobRegistration> Jobs =>
        [new JobRegistration<ProbeJob, ProbeArgs>(ProbeJob.Kind) { Description = "Does nothing, in steps: to see that jobs run." }];

    public override IReadOnlyList<RetentionRule> Retention =>
        [new("scheduler.history", static profile => profile.Section<SchedulerSettings>().KeepHistory)];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => SchedulerDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<SchedulerSettings>());
        services.AddSingleton(static provider => JobCatalogue.Of(provider.GetRequiredService<ExtensionRegistry>()));
        services.AddSingleton(static provider => ActivatorUtilities.CreateInstance<JobQueue>(provider, ActivatorUtilities.CreateInstance<Announcer>(provider, EnqueueStore.Channel)));
        services.AddSingleton<IJobQueue>(static provider => provider.GetRequiredService<JobQueue>());
        services.AddSingleton<JobStore>();
        services.AddSingleton<WorkStore>();
        services.AddSingleton<WorkerStore>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<JobRecorder>();
        services.AddSingleton<JobWorker>();
        services.AddSingleton<WorkerHeartbeat>();
        services.AddSingleton<CronTicker>();
        services.AddSingleton<Leadership>();
        services.AddSingleton<SchedulerService>();
        services.AddSingleton<IDrain>(static provider => provider.GetRequiredService<SchedulerService>());
        services.AddSingleton<QueueWatch>();
        services.AddSingleton<SchedulerHealthCheck>();
        services.AddSingleton<SchedulerMetrics>();
    }

    public override void MapRoutes(RouteMap routes) => SchedulerEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => SchedulerCommands.Map(commands);

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<ProcessRole>().RunsJobs && services.GetRequiredService<SchedulerSettings>().Enabled)
            await services.GetRequiredService<SchedulerService>().StartAsync(cancellationToken);
        services.GetRequiredService<SchedulerMetrics>();
        // After it, so that its first look sees this process.
        services.GetRequiredService<QueueWatch>().Start();
    }

    public override async ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<SchedulerService>().StopAsync();
        await services.GetRequiredService<QueueWatch>().DisposeAsync();
    }
}
