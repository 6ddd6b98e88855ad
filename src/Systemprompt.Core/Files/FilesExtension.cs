using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>
/// Files of users and extensions: streamed in and out, kept once however often the same bytes come, in a directory, in PostgreSQL, or where an extension
/// says (<see cref="IFileStorage"/>).
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> <see cref="FileIntake"/> looks at the beginning of what comes (<see cref="MediaTypes"/>), writes down that a content is under way,
/// lets the storage write it while it is counted and hashed (<see cref="MeasuredStream"/>), and makes a file of it in one transaction. <see cref="FileDesk"/>
/// answers who may see, delete and share one. <see cref="ContentStream"/> is a content that can be sought in, for ranges.</para>
/// <para><b>Names.</b> What a client calls a file is cleaned (<see cref="FileName"/>) and only ever shown. A storage knows ids, each used once: no path can be
/// made of what somebody typed, and deleting a content never meets storing the same bytes again. <see cref="SweepJob"/> deletes what a crash left.</para>
/// </remarks>
[Extension("files", Description = "Files: streamed, shared, kept once, in a directory or the database.")]
internal sealed class FilesExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security", "users", "scheduler", "events"];

    public override int Priority => 50;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<FilesSettings>("files", FilesSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("files", static services => services.GetRequiredService<FilesHealthCheck>(), HealthStatus.Degraded, [])];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<SweepJob, NoArgs>(SweepJob.Kind)
        {
            Description = "Deletes what unfinished uploads and deletions left in the storages.", MaxAttempts = 3, MaxRunning = 1, Timeout = TimeSpan.FromHours(1),
            Schedules = [new JobSchedule("hourly", "23 * * * *")],
        },
    ];

    public override IReadOnlyList<FileStorageRegistration> FileStorages =>
    [
        new("local", static services => services.GetRequiredService<LocalStorage>()) { Description = "A directory." },
        new("database", static services => services.GetRequiredService<DatabaseStorage>()) { Description = "PostgreSQL, in chunks of 256 KB." },
    ];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<FilesSettings>());
        services.AddSingleton<FileStorages>();
        services.AddSingleton<LocalStorage>();
        services.AddSingleton<ChunkStore>();
        services.AddSingleton<DatabaseStorage>();
        services.AddSingleton<FileStore>();
        services.AddSingleton<BlobStore>();
        services.AddSingleton<ShareStore>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<LinkDesk>();
        services.AddSingleton<UploadPlaces>();
        services.AddSingleton<FileIntake>();
        services.AddSingleton<FileDesk>();
        services.AddSingleton<IFiles>(static provider => provider.GetRequiredService<FileDesk>());
        services.AddSingleton<UploadEndpoint>();
        services.AddSingleton<FilesHealthCheck>();
    }

    public override void MapRoutes(RouteMap routes) => FilesEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands)
    {
        FilesCommands.Map(commands);
        TransferCommands.Map(commands);
        CareCommands.Map(commands);
    }

    /// <summary>A storage that cannot be had is told before anybody uploads.</summary>
    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        _ = services.GetRequiredService<FileStorages>().Current;
        return ValueTask.CompletedTask;
    }
}
