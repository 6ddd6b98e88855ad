using Microsoft.Extensions.DependencyInjection;

namespace Systemprompt.Audit;

/// <summary>How a room joins the audit trail.</summary>
internal static class AuditRegistration
{
    /// <summary>Registers a table that the room's migrations created and handed over with <c>audit.adopt</c>.</summary>
    public static IServiceCollection AddAuditTable(this IServiceCollection services, AuditTable table) => services.AddSingleton(table);

    /// <summary>Registers what ends the calls that a dead writer left open.</summary>
    public static IServiceCollection AddOrphanSettler<T>(this IServiceCollection services)
        where T : class, IOrphanSettler => services.AddSingleton<IOrphanSettler, T>();

    /// <summary>Registers a room's reading side, merged into <c>infra audit list|show|export</c>.</summary>
    public static IServiceCollection AddAuditSource<T>(this IServiceCollection services)
        where T : class, IAuditSource => services.AddSingleton<IAuditSource, T>();
}
