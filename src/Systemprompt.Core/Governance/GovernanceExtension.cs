using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Audit;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Governance.Hooks;
using Systemprompt.Governance.Policies;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>
/// Governance: verdicts on what AI clients are about to do, each recorded in <c>governance.hook_decisions</c> before the client hears it. The
/// view <c>governance.decisions</c> shows them together with the verdicts on model calls.
/// </summary>
[Extension("governance", Description = "Policies in front of model calls and hook events, and the record of every verdict.")]
internal sealed class GovernanceExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["audit", "security", "users"];

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<GovernanceSettings>("governance", GovernanceSettings.Validate).Live("scope", "models", "secret_scan", "blocklist", "rate", "modes", "order")];

    public override IReadOnlyList<PolicyRegistration> Policies =>
    [
        new("models", 50, static services => Settled(services).Models is { Enabled: true, SaysNothing: false } ? new ModelPolicy(services.GetRequiredService<ModelRules>()) : null),
        new("scope", 100, static services => Settled(services).Scope is { Enabled: true } settings ? new ScopePolicy(settings) : null),
        new("secret_scan", 200, static services => Settled(services).SecretScan is { Enabled: true } settings ? new SecretScanPolicy(settings) : null),
        new("blocklist", 300, static services => Settled(services).Blocklist is { Enabled: true } settings ? new BlocklistPolicy(settings) : null),
        new("rate", 400, static services => services.GetRequiredService<RateLimits>().Policy(Settled(services).Rate)),
    ];

    public override IReadOnlyList<FactSource> Facts => [GovernanceStore.Facts];

    /// <summary>The chain is made now: two policies of one name are told before anybody calls.</summary>
    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<LiveChain>();
        return ValueTask.CompletedTask;
    }

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton<DecisionStore>();
        services.AddSingleton<CoverageStore>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<ModelRules>();
        services.AddSingleton<IModelPermissions>(static provider => provider.GetRequiredService<ModelRules>());
        services.AddSingleton(static provider => new LiveChain(provider.GetRequiredService<ExtensionRegistry>().Enabled.SelectMany(extension => extension.Policies), provider, provider.GetRequiredService<ILive<GovernanceSettings>>()));
        services.AddSingleton<IPolicyEngine>(static provider =>
        {
            var chain = provider.GetRequiredService<LiveChain>();
            return new PolicyEngine(() => chain.Current, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PolicyEngine>>());
        });
        services.AddSingleton<HookHandler>();
        services.AddAuditTable(DecisionRow.Decisions);
        services.AddAuditSource<GovernanceStore>();
    }

    public override void MapRoutes(RouteMap routes)
    {
        GovernanceEndpoints.Map(routes);
        PolicyEndpoints.Map(routes);
    }

    public override void MapCommands(CommandMap commands) => GovernanceCommands.Map(commands);

    private static GovernanceSettings Settled(IServiceProvider services) => services.GetRequiredService<ILive<GovernanceSettings>>().Value;
}
