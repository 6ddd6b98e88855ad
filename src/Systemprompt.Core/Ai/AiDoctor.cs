using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Audit;
using Systemprompt.Budgets;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles.Binding;
using Systemprompt.Secrets;

namespace Systemprompt.Ai;

/// <summary>What <c>doctor</c> looks at: the keys of the model providers, whether each that takes calls can be reached, and whether budgets wait for the rows of calls. No key leaves.</summary>
internal static class AiDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } =
        [new("provider keys", CheckKeysAsync) { NeedsDatabase = true }, new("egress", CheckEgressAsync), new("budget lease", static (call, _) => CheckLeaseAsync(call))];

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

    /// <summary>A replica reserves for half of its lease; a call's row must be in the trail before the other half is over, when others add up what a dead one's calls came to.</summary>
    private static Task CheckLeaseAsync(DoctorCall call)
    {
        var (lease, commit) = (call.Profile.Section<BudgetsSettings>().Lease, call.Profile.Section<AuditSettings>().CommitTimeout);
        if (lease > commit * 2) call.Ok($"budgets.lease ({ValueText.Show(lease)}) is more than twice audit.commit_timeout ({ValueText.Show(commit)})");
        else
            call.Warn(
                $"budgets.lease ({ValueText.Show(lease)}) is not more than twice audit.commit_timeout ({ValueText.Show(commit)}), so a call whose row is late counts on no budget when its replica dies",
                $"set budgets.lease above {ValueText.Show(commit * 2)}, or audit.commit_timeout below {ValueText.Show(lease / 2)}");
        return Task.CompletedTask;
    }

    private static bool HasKey(ProviderSettings settings) => settings.Keyless || settings.ApiKey is { Length: > 0 } || settings.ApiKeySecret is { Length: > 0 };
}
