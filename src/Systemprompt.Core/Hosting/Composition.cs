using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary>Everything compiled into this binary, put together once: the shipped parts and the customer's.</summary>
internal sealed class Composition
{
    private Composition(HostDefinition host, ExtensionRegistry registry, HostInfo info)
    {
        Host = host;
        Registry = registry;
        Info = info;
        Files = host.Files ?? HostFiles.Of(host.Assembly);
    }

    public HostDefinition Host { get; }

    public ExtensionRegistry Registry { get; }

    public HostInfo Info { get; }

    public HostFiles Files { get; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where profiles find their variables: the process's environment, but for tests.</summary>
    public Func<string, string?> Variables { get; private init; } = Environment.GetEnvironmentVariable;

    public static Composition Create(HostDefinition host, Func<string, string?>? variables = null) =>
        new(host, ExtensionRegistry.Create(host.Extensions), HostInfo.Of(host.Assembly, TimeProvider.System)) { Variables = variables ?? Environment.GetEnvironmentVariable };

    /// <summary>Every command, in tree order.</summary>
    public IReadOnlyList<CommandEntry> Commands()
    {
        var entries = new List<CommandEntry>();
        foreach (var extension in Registry.All) extension.MapCommands(new CommandMap(extension, entries.Add));
        return [.. entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)];
    }

    /// <summary>Every profile section that an extension declares.</summary>
    public IReadOnlyList<SettingsSection> Sections() => ProfileSections.Of(Registry.All);

    /// <summary>Loads the profile for a command of an extension, which must not be disabled in it.</summary>
    public Profile LoadProfile(string? nameOrPath, string extension)
    {
        var profile = ProfileLoader.Load(nameOrPath, ProfileSources.Of(Host.Assembly), Sections(), Variables);
        return RegistryFor(profile).IsEnabled(extension)
            ? profile
            : throw new CliException($"{profile.Source}: extension '{extension}' is disabled (extensions.disabled), and its commands with it");
    }

    public ExtensionRegistry RegistryFor(Profile profile) => Registry.Without(profile.Section<ExtensionsSettings>().Disabled);

    /// <summary>Fills a container exactly as the server and every command have it.</summary>
    public ExtensionRegistry ConfigureServices(IServiceCollection services, Profile profile)
    {
        var registry = RegistryFor(profile);
        services.TryAddSingleton(Clock);
        services.AddSingleton(profile);
        services.AddSingleton<LiveProfile>();
        services.AddSingleton(typeof(ILive<>), typeof(Live<>));
        services.AddSingleton(registry);
        services.AddSingleton(Info);
        services.AddSingleton(Files);
        services.TryAddSingleton(ProcessRole.All);
        services.AddSingleton<Readiness>();
        services.AddSingleton<BackgroundLoops>();
        services.AddSingleton<HealthReports>();
        var health = services.AddHealthChecks();
        foreach (var extension in registry.Enabled)
        {
            extension.ConfigureServices(services, profile);
            foreach (var check in extension.HealthChecks) health.Add(check);
        }

        return registry;
    }
}
