using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary>The container of a command: the server's, with the database connected and no server around it.</summary>
internal static class CommandServices
{
    public static async Task<CliServices> StartAsync(Composition composition, Profile profile, CancellationToken cancellationToken)
    {
        var provider = Build(composition, profile);
        try
        {
            await provider.GetRequiredService<DatabaseBoot>().EnsureAsync(cancellationToken);
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }

        return new CliServices(provider, provider.DisposeAsync);
    }

    /// <summary>The container without a database: for commands that only look at what is compiled in.</summary>
    public static ServiceProvider Build(Composition composition, Profile profile)
    {
        var services = new ServiceCollection();
        composition.ConfigureServices(services, profile);
        // stdout is for results; a command says only what an operator must look at.
        services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = Microsoft.Extensions.Logging.LogLevel.Trace);
        services.PostConfigure<Microsoft.Extensions.Logging.LoggerFilterOptions>(options =>
        {
            options.Rules.Clear();
            options.MinLevel = Microsoft.Extensions.Logging.LogLevel.Error;
        });
        return services.BuildServiceProvider();
    }
}
