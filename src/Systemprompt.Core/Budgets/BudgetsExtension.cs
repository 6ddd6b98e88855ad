using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Budgets;

/// <summary>
/// Budgets: so many requests, tokens or dollars for a day, a week or a month, for the tenant, each user, team, access key or model. Never exceeded
/// over any number of replicas.
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> A window's row says what is spent of a budget and what is handed out; both together are never more than the limit. A
/// replica takes a slice (<see cref="Slice"/>) and reserves from it in memory (<see cref="BudgetGate"/>): the database is asked only when the slice
/// does not cover a call. <see cref="SliceKeeper"/> reports what was spent and gives back what lies idle. Slices shrink as a window fills; before a
/// call is refused, others are asked to give back what they do not need (<see cref="SliceRecall"/>).</para>
/// <para><b>Death.</b> A replica has a lease and spends for half of it after its last heartbeat. What a dead one held counts as spent until another
/// has added up from the trail what its calls came to (<see cref="SliceReclaim"/>, <see cref="ISpendTrail"/>). Messages carry totals and a rising
/// number, so that one that comes twice or late does no harm.</para>
/// <para><b>Budgets</b> come from the profile and from the table (<see cref="BudgetCatalogue"/>), which <see cref="BudgetDesk"/> changes.</para>
/// </remarks>
[Extension("budgets", Description = "Budgets of requests, tokens and money, for users, teams, keys, models and all together.")]
internal sealed class BudgetsExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security", "users"];

    public override int Priority => 40;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<BudgetsSettings>("budgets", BudgetsSettings.Validate)];

    public override IReadOnlyList<RetentionRule> Retention => [new("budgets.windows", static profile => profile.Section<BudgetsSettings>().KeepWindows)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("budgets", HealthReports.OnceStarted(static services => services.GetRequiredService<BudgetsHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<BudgetsSettings>());
        services.AddSingleton<BudgetStore>();
        services.AddSingleton<BudgetDesk>();
        services.AddSingleton<SliceStore>();
        services.AddSingleton<SliceKeeper>();
        services.AddSingleton<BudgetCatalogue>();
        services.AddSingleton<SliceRecall>();
        services.AddSingleton<SliceReclaim>();
        services.AddSingleton<IBudgetGate, BudgetGate>();
        services.AddSingleton<BudgetsHealthCheck>();
        services.AddSingleton<BudgetsService>();
    }

    public override void MapRoutes(RouteMap routes) => BudgetsEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => BudgetsCommands.Map(commands);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        new(services.GetRequiredService<BudgetsService>().StartAsync(cancellationToken));

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        new(services.GetRequiredService<BudgetsService>().StopAsync(cancellationToken));
}
