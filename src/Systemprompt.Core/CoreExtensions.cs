using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt;

/// <summary>The parts that ship in this package: the kernel's own and the rooms', registered through the contract that a customer uses.</summary>
internal static class CoreExtensions
{
    /// <summary>The whole binary. Handed to the kernel from outside, since the kernel knows no room.</summary>
    public static HostDefinition With(HostDefinition host) => new(host.Assembly, [.. Create(), .. host.Extensions]) { Files = host.Files };

    public static IReadOnlyList<Extension> Create() =>
    [
        new ListingExtension(),
        new HostingExtension(),
        new Logging.LoggingExtension(),
        new Profiles.ProfilesExtension(),
        new Database.DatabaseExtension(),
        new Security.SecurityExtension(),
        new Http.HttpExtension(),
        new Telemetry.TelemetryExtension(),
        new Live.LiveExtension(),
        new Users.UsersExtension(),
        new Secrets.SecretsExtension(),
        new Budgets.BudgetsExtension(),
        new Scheduler.SchedulerExtension(),
        new Events.EventsExtension(),
        new Files.FilesExtension(),
        new Content.ContentExtension(),
        new Audit.AuditExtension(),
        new Governance.GovernanceExtension(),
        new Ai.AiExtension(),
        new Analytics.AnalyticsExtension(),
    ];
}
