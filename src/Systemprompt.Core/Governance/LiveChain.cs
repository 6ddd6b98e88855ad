using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>The chain as the settings are now: built anew when they change. Those who ask take the one there is, without a lock.</summary>
internal sealed class LiveChain : IDisposable
{
    private readonly PolicyRegistration[] _registrations;
    private readonly IServiceProvider _services;
    private readonly ILive<GovernanceSettings> _settings;
    private readonly IDisposable _subscription;
    private volatile GovernanceSettings _built;
    private volatile PolicyChain _current;

    /// <exception cref="ExtensionException">Two policies have one name.</exception>
    public LiveChain(IEnumerable<PolicyRegistration> registrations, IServiceProvider services, ILive<GovernanceSettings> settings)
    {
        (_registrations, _services, _settings) = ([.. registrations], services, settings);
        // Modes, order and rows know a policy by its name alone.
        if (_registrations.GroupBy(registration => registration.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice) throw Twice(twice.Key);
        _built = settings.Value;
        _current = PolicyChain.Build(_registrations, services, _built);
        _subscription = settings.OnChange(Follow);
    }

    public PolicyChain Current => _current;

    public void Dispose() => _subscription.Dispose();

    // Called after a change of any section. Policies that are made anew forget what they have counted, so those whose settings stayed stay too.
    private void Follow()
    {
        var settings = _settings.Value;
        if (ReferenceEquals(settings, _built)) return;
        var same = IsSame(settings, _built);
        _built = settings;
        if (!same) _current = PolicyChain.Build(_registrations, _services, settings);
    }

    // A section with a key set live is bound anew with every change, wherever that is; its lists are then others of the same content.
    private static bool IsSame(GovernanceSettings some, GovernanceSettings others) =>
        JsonSerializer.SerializeToUtf8Bytes(some).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(others));

    private ExtensionException Twice(string name)
    {
        var owners = _services.GetRequiredService<ExtensionRegistry>().Enabled.SelectMany(extension => extension.Policies.Where(policy => policy.Name == name).Select(_ => extension.Id)).ToList();
        return new ExtensionException($"extension '{owners.LastOrDefault()}': policy '{name}' has the name of one that extension '{owners.FirstOrDefault()}' brings; rename one");
    }
}
