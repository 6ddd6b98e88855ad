using System.CommandLine;
using Systemprompt.Profiles;

namespace Systemprompt.Cli;

/// <summary>One call of a command: its arguments, its output, and, built only when asked for, the profile and the services.</summary>
public sealed class CliCall : IAsyncDisposable
{
    private readonly ParseResult _arguments;
    private readonly Lazy<Profile> _profile;
    private readonly Lazy<Task<CliServices>> _services;

    internal CliCall(ParseResult arguments, CliOutput output, Func<Profile> profile, Func<Profile, Task<CliServices>> services)
    {
        _arguments = arguments;
        Output = output;
        _profile = new Lazy<Profile>(profile);
        _services = new Lazy<Task<CliServices>>(() => services(_profile.Value));
    }

    /// <summary>Where results and notices go.</summary>
    public CliOutput Output { get; }

    /// <summary>The profile, loaded on first use. A section binds on first use, so name only what the command needs.</summary>
    public Profile Profile => _profile.Value;

    /// <summary>The container that the server would have, without the server: same services, same code paths.</summary>
    public async Task<IServiceProvider> ServicesAsync() => (await _services.Value).Provider;

    /// <summary>The value of an option.</summary>
    public T? Get<T>(Option<T> option) => _arguments.GetValue(option);

    /// <summary>The value of an argument.</summary>
    public T? Get<T>(Argument<T> argument) => _arguments.GetValue(argument);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_services.IsValueCreated && _services.Value.IsCompletedSuccessfully) await _services.Value.Result.DisposeAsync();
    }
}

/// <summary>The container of a command and what was started for it.</summary>
internal sealed class CliServices(IServiceProvider provider, Func<ValueTask> dispose) : IAsyncDisposable
{
    public IServiceProvider Provider { get; } = provider;

    public ValueTask DisposeAsync() => dispose();
}
