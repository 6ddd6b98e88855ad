using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>The chain as the settings are now: built anew when one changes. Those who ask take the one there is, without a lock.</summary>
internal sealed class LiveChain : IDisposable
{
    private readonly PolicyRegistration[] _registrations;
    private readonly IServiceProvider _services;
    private readonly ILive<GovernanceSettings> _settings;
    private readonly IDisposable _subscription;
    private volatile PolicyChain _current;

    public LiveChain(IEnumerable<PolicyRegistration> registrations, IServiceProvider services, ILive<GovernanceSettings> settings)
    {
        (_registrations, _services, _settings) = ([.. registrations], services, settings);
        _current = Build();
        _subscription = settings.OnChange(() => _current = Build());
    }

    public PolicyChain Current => _current;

    public void Dispose() => _subscription.Dispose();

    private PolicyChain Build() => PolicyChain.Build(_registrations, _services, _settings.Value);
}
