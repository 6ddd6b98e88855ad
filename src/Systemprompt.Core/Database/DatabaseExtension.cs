using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Database.Embedded;
using Systemprompt.Database.Migrations;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Database;

/// <summary>
/// PostgreSQL: the section <c>database</c>, the data sources (plain for work, keyed <c>direct</c> for session state), start-up checks, and
/// the migrations of every extension. Its table <c>database.migrations</c> is in no schema file: it has to be there before the first. Tables
/// partitioned by day are kept by the job <c>database.partitions</c> (<see cref="PartitionJob"/>).
/// </summary>
[Extension("database", Description = "PostgreSQL: connections, migrations, notifications, health.")]
internal sealed class DatabaseExtension : CoreExtension
{
    public override int Priority => 10;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<DatabaseSettings>("database", DatabaseSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("database", static services => new DatabaseHealthCheck(services.GetRequiredService<DatabaseProbe>(), services.GetServices<IWithoutDatabase>()), HealthStatus.Unhealthy, null)];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<PartitionJob, NoArgs>(PartitionJob.Kind)
        {
            Description = "Makes the coming days of tables partitioned by day, and drops those whose retention is over.",
            Schedules = [new JobSchedule("often", "*/10 * * * *")],
        },
    ];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => DatabaseDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        AddDatabase(services, _ => profile.Section<DatabaseSettings>());
        services.AddSingleton(_ => new EmbeddedOptions
        {
            Folder = profile.Section<StorageSettings>().Resolve("postgres"),
            Search = BinarySearch.Of(Environment.GetEnvironmentVariable),
        });
        services.AddSingleton<EmbeddedServer>();
        services.AddSingleton(static provider =>
        {
            var registry = provider.GetRequiredService<ExtensionRegistry>();
            return MigrationCatalogue.Of(registry.Enabled, registry.All.Except(registry.Enabled).Select(extension => extension.Id));
        });
    }

    public override void MapCommands(CommandMap commands) => DatabaseCommands.Map(commands);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<NotifyBus>().Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<NotifyBus>().DisposeAsync();

    /// <summary>The services, for a container with other settings than a profile's.</summary>
    internal static void AddDatabase(IServiceCollection services, Func<IServiceProvider, DatabaseSettings> settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<DatabaseServer>();
        services.AddSingleton<DatabaseBoot>();
        services.AddSingleton<Migrator>();
        services.AddSingleton<NotifyBus>();
        services.AddSingleton<DatabaseCondition>();
        services.AddSingleton<DatabaseProbe>();
        services.AddSingleton(static provider => provider.GetRequiredService<DatabaseServer>().Connect(address => address.Runtime, "runtime"));
        services.AddKeyedSingleton("direct", static (provider, _) => provider.GetRequiredService<DatabaseServer>().Connect(address => address.Direct, "direct"));
        services.AddKeyedSingleton("prepared", static (provider, _) => provider.GetRequiredService<DatabaseServer>().Connect(address => address.Prepared, "prepared"));
    }
}
