using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Extensions;

/// <summary>
/// What a part of the product contributes to the one binary. The shipped parts and a customer's are registered through this
/// same class: derive, mark with <see cref="ExtensionAttribute"/>, reference the project from the host. Every member defaults
/// to nothing; an extension overrides what it has.
/// </summary>
/// <remarks>
/// Life cycle: constructed once by generated code (constructors do nothing) → <see cref="Settings"/> bound and validated →
/// <see cref="ConfigureServices"/> → <see cref="Migrations"/> applied → <see cref="MapRoutes"/> → <see cref="StartAsync"/> in
/// dependency order, before the host reports ready → … → <see cref="StopAsync"/> in reverse order.
/// </remarks>
public abstract class Extension
{
    private readonly ExtensionAttribute _identity;

    /// <summary>Reads the identity from <see cref="ExtensionAttribute"/>.</summary>
    protected Extension() =>
        _identity = GetType().GetCustomAttribute<ExtensionAttribute>()
            ?? throw new InvalidOperationException($"{GetType().FullName} has no [Extension(\"id\")] attribute.");

    /// <summary>The id from <see cref="ExtensionAttribute"/>.</summary>
    public string Id => _identity.Id;

    /// <summary>One sentence for listings.</summary>
    public string Description => _identity.Description;

    /// <summary>Ids of the extensions that must be present, enabled, and started before this one.</summary>
    public virtual IReadOnlyList<string> Dependencies => [];

    /// <summary>Among extensions that do not depend on each other, the lower starts first; ties go by id.</summary>
    public virtual int Priority => 100;

    /// <summary>True when the product cannot run without it: a profile that disables it is refused.</summary>
    public virtual bool IsRequired => false;

    /// <summary>The typed profile sections that this extension owns. The first is, by convention, named by its id.</summary>
    public virtual IReadOnlyList<SettingsSection> Settings => [];

    /// <summary>Folder of the embedded migrations inside the assembly.</summary>
    protected virtual string SchemaFolder => "Schema";

    /// <summary>Migrations of the schema named by the id; by convention the embedded <c>Schema/NNN_name.sql</c> files.</summary>
    public virtual IReadOnlyList<Migration> Migrations => Migration.FromResources(GetType().Assembly, SchemaFolder);

    /// <summary>Adds services to the container. The profile is resolved; the database may be away.</summary>
    public virtual void ConfigureServices(IServiceCollection services, Profile profile)
    {
    }

    /// <summary>Adds HTTP routes. A route cannot be mapped without stating who may call it.</summary>
    public virtual void MapRoutes(RouteMap routes)
    {
    }

    /// <summary>Adds commands to the CLI.</summary>
    public virtual void MapCommands(CommandMap commands)
    {
    }

    /// <summary>Checks shown by <c>/api/v1/health</c> and <c>doctor</c>; one with the tag <c>server</c> makes sense in a serving process only, and <c>doctor</c> leaves it out.</summary>
    public virtual IReadOnlyList<HealthCheckRegistration> HealthChecks => [];

    /// <summary>What <c>doctor</c> looks at besides, each with the remedy for what it finds.</summary>
    public virtual IReadOnlyList<DoctorCheck> DoctorChecks => [];

    /// <summary>Names of this extension's meters and activity sources: what they measure is exported as the profile's section <c>telemetry</c> says.</summary>
    public virtual IReadOnlyList<string> Instruments => [];

    /// <summary>Kinds of jobs that this extension runs, and when they run by themselves.</summary>
    public virtual IReadOnlyList<JobRegistration> Jobs => [];

    /// <summary>What this extension does when something happens.</summary>
    public virtual IReadOnlyList<EventHandlerRegistration> EventHandlers => [];

    /// <summary>Roles that users can be given: each brings scopes.</summary>
    public virtual IReadOnlyList<Role> Roles => [];

    /// <summary>Tables partitioned by day, and how long their days are kept.</summary>
    public virtual IReadOnlyList<RetentionRule> Retention => [];

    /// <summary>Figures that can be added up, for analytics: rolled up by day, shown by <c>analytics show</c>.</summary>
    public virtual IReadOnlyList<FactSource> Facts => [];

    /// <summary>Policies that join the governance chain, in front of every model call and hook decision.</summary>
    public virtual IReadOnlyList<PolicyRegistration> Policies => [];

    /// <summary>Models of its own, as chat clients: a provider of the profile names one by <c>wire: chat_client</c> and <c>client: NAME</c>.</summary>
    public virtual IReadOnlyList<ChatClientRegistration> ChatClients => [];

    /// <summary>What decides call by call where a route's calls go: a route of the profile names one by <c>selector: NAME</c>.</summary>
    public virtual IReadOnlyList<RouteSelectorRegistration> RouteSelectors => [];

    /// <summary>Places to keep files in, beside the shipped ones.</summary>
    public virtual IReadOnlyList<FileStorageRegistration> FileStorages => [];

    /// <summary>Folders of Markdown below <c>content/</c> that become items: pages, posts, documentation.</summary>
    public virtual IReadOnlyList<ContentSource> ContentSources => [];

    /// <summary>Starts background work once the database is migrated. The host is not ready until this returns.</summary>
    public virtual ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Stops what <see cref="StartAsync"/> started, after open requests have finished.</summary>
    public virtual ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
