using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests;

/// <summary>The database services of one process, as the host has them, without the rest of it.</summary>
internal static class DatabaseProcess
{
    public static ServiceProvider Build(DatabaseSettings settings, MigrationCatalogue catalogue, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Readiness>();
        services.AddSingleton<BackgroundLoops>();
        DatabaseExtension.AddDatabase(services, _ => settings);
        services.AddSingleton(catalogue);
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
