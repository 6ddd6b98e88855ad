using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Audit;
using Systemprompt.Budgets;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Http.Bodies;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>
/// The model gateway: <c>/v1/messages</c> in Anthropic's protocol, <c>/v1/chat/completions</c> and <c>/v1/responses</c> in OpenAI's, <c>/v1/models</c> for both, providers and prices from the profile, and the two
/// rows of every call (<c>ai.requests_opened</c>, <c>ai.requests_settled</c>, joined by the view <c>ai.requests</c>). Commands
/// <c>gateway providers|models|routes</c>; a health check that lists the providers. Where client and provider speak the same protocol bytes pass
/// (<c>Wires/</c>, <c>Streams/</c>); elsewhere a call goes through one canonical form (<c>Canonical/</c>), out of and into which each protocol
/// is written down once (<c>Protocols/</c>). Extensions bring providers as chat clients (<c>Wires/Clients/</c>) and choose among a route's targets (<c>Routing/Selectors/</c>).
/// </summary>
[Extension("ai", Description = "The model gateway: routing, pass-through, usage, prices, and a record of every model call.")]
internal sealed class AiExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["audit", "budgets", "governance", "secrets", "security", "users"];

    public override IReadOnlyList<SettingsSection> Settings =>
        [SettingsSection.Of<AiSettings>("ai", static (settings, faults, extensions) => settings.Validate(faults, extensions)).Live("routes")];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("ai", static services => new ProviderHealthCheck(services.GetRequiredService<ProviderCatalog>(), services.GetRequiredService<ProviderGates>(), services.GetRequiredService<RouteSelectors>()), HealthStatus.Degraded, [])];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => AiDoctor.Checks;

    public override IReadOnlyList<FactSource> Facts => [RequestStore.Facts];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(static services => services.GetRequiredService<Profile>().Section<AiSettings>());
        services.AddSingleton<ProviderCatalog>();
        services.AddSingleton<ModelRouter>();
        services.AddSingleton<ProviderGates>();
        services.AddSingleton(static services => new BodyBudget(services.GetRequiredService<AiSettings>().MaxBodyMemory.Bytes));
        services.AddSingleton<UpstreamClients>();
        services.AddSingleton<UpstreamSender>();
        services.AddSingleton<ChatClients>();
        services.AddSingleton<ChatClientSender>();
        services.AddSingleton<ChatClientWire>();
        services.AddSingleton<RouteSelectors>();
        services.AddSingleton<EchoWire>();
        services.AddSingleton<WireSet>();
        services.AddSingleton<ModelCallHandler>();
        services.AddSingleton<CountTokensHandler>();
        services.AddSingleton<CallBudget>();
        services.AddSingleton<ModelsHandler>();
        services.AddSingleton<IModelStandIns, ModelStandIns>();
        services.AddSingleton<DoorRecords>();
        services.AddAuditTable(OpenedRow.Requests);
        services.AddAuditTable(SettledRow.Requests);
        services.AddSingleton<RequestStore>();
        services.AddSingleton<IOrphanSettler>(static services => services.GetRequiredService<RequestStore>());
        services.AddSingleton<ISpendTrail>(static services => services.GetRequiredService<RequestStore>());
        services.AddSingleton<IAuditSource>(static services => services.GetRequiredService<RequestStore>());
    }

    public override void MapRoutes(RouteMap routes)
    {
        AiEndpoints.Map(routes);
        GatewayEndpoints.Map(routes);
    }

    /// <summary>What extensions bring and the profile names is made now: what cannot be had is told before anybody calls.</summary>
    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var profile = services.GetRequiredService<Profile>();
        services.GetRequiredService<ChatClients>().Prepare(profile, services.GetRequiredService<ProviderCatalog>());
        services.GetRequiredService<RouteSelectors>().Prepare(profile);
        return ValueTask.CompletedTask;
    }

    public override void MapCommands(CommandMap commands)
    {
        AiCommands.Map(commands);
        RouteCommands.Map(commands);
    }
}
