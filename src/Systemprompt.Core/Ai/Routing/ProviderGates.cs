using Microsoft.Extensions.Logging;

namespace Systemprompt.Ai;

/// <summary>The gate of every provider.</summary>
internal sealed class ProviderGates : IDisposable
{
    private readonly Dictionary<string, ProviderGate> _gates;

    public ProviderGates(ProviderCatalog catalog, TimeProvider clock, ILogger<ProviderGates> logger) =>
        _gates = catalog.All.ToDictionary(provider => provider.Name, provider => new ProviderGate(provider.Name, provider.Settings, clock, logger), StringComparer.Ordinal);

    public ProviderGate For(Provider provider) => _gates[provider.Name];

    public void Dispose()
    {
        foreach (var gate in _gates.Values) gate.Dispose();
    }
}
