using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Cli;

/// <summary>One call of a command: its arguments, its output, and, built only when asked for, the profile and the services.</summary>
public sealed class CliCall : IAsyncDisposable
{
    private readonly ParseResult _arguments;
    private readonly Lazy<Profile> _profile;
    private readonly Func<Profile, CancellationToken, Task<CliServices>> _start;
    private CliServices? _services;
    private ServiceProvider? _offline;

    internal CliCall(Composition composition, ParseResult arguments, CliOutput output, Func<Profile> profile, Func<Profile, CancellationToken, Task<CliServices>> services)
    {
        Composition = composition;
        _arguments = arguments;
        Output = output;
        _profile = new Lazy<Profile>(profile);
        _start = services;
    }

    /// <summary>Where results and notices go.</summary>
    public CliOutput Output { get; }

    /// <summary>What this binary is.</summary>
    public HostInfo Info => Composition.Info;

    /// <summary>The solution's folders, as the server sees them.</summary>
    public HostFiles Files => Composition.Files;

    internal Composition Composition { get; }

    /// <summary>The profile, loaded on first use. A section binds on first use, so name only what the command needs.</summary>
    public Profile Profile => _profile.Value;

    /// <summary>The container that the server would have, without the server: same services, same code paths.</summary>
    /// <remarks>The database is connected; it is not migrated.</remarks>
    public async Task<IServiceProvider> ServicesAsync(CancellationToken cancellationToken) =>
        (_services ??= await _start(_profile.Value, cancellationToken)).Provider;

    /// <summary>The same container with no database connected, for a command that needs none.</summary>
    public IServiceProvider OfflineServices() => _offline ??= CommandServices.Build(Composition, Profile);

    /// <summary>The value of an option.</summary>
    public T? Get<T>(Option<T> option) => _arguments.GetValue(option);

    /// <summary>The value of an argument.</summary>
    public T? Get<T>(Argument<T> argument) => _arguments.GetValue(argument);

    /// <summary>The registry as the profile has it, or null when no profile can be loaded: for commands that do without.</summary>
    internal ExtensionRegistry? TryRegistry()
    {
        try
        {
            return Composition.RegistryFor(Profile);
        }
        catch (ProfileException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        if (_offline is not null) await _offline.DisposeAsync();
    }
}

/// <summary>The container of a command and what was started for it.</summary>
internal sealed class CliServices(IServiceProvider provider, Func<ValueTask> dispose) : IAsyncDisposable
{
    public IServiceProvider Provider { get; } = provider;

    public ValueTask DisposeAsync() => dispose();
}
