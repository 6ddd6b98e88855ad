using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Secrets;

namespace Systemprompt.Ai;

/// <summary>What <c>doctor</c> looks at: the keys of the model providers, and whether each that takes calls can be reached. No key leaves.</summary>
internal static class AiDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("provider keys", CheckKeysAsync) { NeedsDatabase = true }, new("egress", CheckEgressAsync)];

    private static async Task CheckKeysAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        // A command has not read them yet.
        await call.Services.GetRequiredService<SecretCache>().ReadAsync(cancellationToken);
        foreach (var provider in call.Services.GetRequiredService<ProviderCatalog>().All)
            if (provider is { Settings.Enabled: true, DisabledBecause: { } because }) call.Warn($"{provider.Name} takes no calls: {because}", $"give it its key, or say ai.providers.{provider.Name}.enabled: false");
        if (call.Findings.Count == 0) call.Ok("every enabled provider has what it needs");
    }

    private static async Task CheckEgressAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var probe = new EndpointProbe(call.Services.GetRequiredService<TimeProvider>());
        // Without the secrets, which are in the database: the way out can be looked at while that is away.
        var outside = new ProviderCatalog(call.Profile.Section<AiSettings>()).All.Where(provider => provider.Settings is { Enabled: true, Wire: not (Wire.Echo or Wire.ChatClient) } && HasKey(provider.Settings)).ToList();
        await Task.WhenAll(outside.Select(async provider =>
        {
            var (what, address) = provider.Settings.Proxy is { Length: > 0 } proxy ? ($"the proxy of {provider.Name}", proxy) : (provider.Name, provider.Settings.Endpoint!);
            (await probe.LookAsync(new Uri(address), null, cancellationToken)).Tell(call, what);
        }));
        if (outside.Count == 0) call.Ok("no provider outside is used");
    }

    private static bool HasKey(ProviderSettings settings) => settings.Keyless || settings.ApiKey is { Length: > 0 } || settings.ApiKeySecret is { Length: > 0 };
}
