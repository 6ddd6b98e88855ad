using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Database;

/// <summary>What <c>infra db status</c> shows.</summary>
/// <param name="Reachable">Whether it answers.</param>
/// <param name="Place">Host, port and name.</param>
/// <param name="Embedded">Whether it is our own server, for development and trials.</param>
/// <param name="Version">PostgreSQL's version, when it answers.</param>
/// <param name="Extensions">How far each extension's schema has come.</param>
/// <param name="LeftOver">Extensions with a schema that this binary does not have or the profile disables.</param>
/// <param name="Faults">Why a server would not start on it; each with its remedy.</param>
internal sealed record DatabaseStatus(
    bool Reachable, string Place, bool Embedded, string? Version, IReadOnlyList<ExtensionSchema> Extensions, IReadOnlyList<string> LeftOver, IReadOnlyList<string> Faults)
{
    public static async Task<DatabaseStatus> ReadAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var address = services.GetRequiredService<DatabaseServer>().Address;
        string? version = null;
        try
        {
            await using (var connection = await services.GetRequiredKeyedService<NpgsqlDataSource>("direct").OpenConnectionAsync(cancellationToken))
                version = connection.ServerVersion;
            await Preflight.CheckAsync(address, NullLogger.Instance, cancellationToken);
            var catalogue = services.GetRequiredService<MigrationCatalogue>();
            var applied = await services.GetRequiredService<Migrator>().AppliedAsync(cancellationToken);
            var plan = MigrationPlan.Of(catalogue, applied);
            return new DatabaseStatus(true, address.Place, address.IsEmbedded, version, [.. catalogue.Sources.Select(source => ExtensionSchema.Of(source, applied, plan))], plan.LeftOver, plan.Faults);
        }
        catch (DatabaseException unfit)
        {
            return new DatabaseStatus(true, address.Place, address.IsEmbedded, version, [], [], [unfit.Message]);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && DatabaseErrors.MayMend(fault))
        {
            return new DatabaseStatus(false, address.Place, address.IsEmbedded, version, [], [], [$"the database at {address.Place} cannot be used: {DatabaseErrors.Describe(fault)}"]);
        }
    }
}

/// <summary>How far an extension's schema has come.</summary>
internal sealed record ExtensionSchema(string Extension, int Applied, int Pending, string? Newest, DateTimeOffset? NewestAt)
{
    public static ExtensionSchema Of(MigrationSource source, IReadOnlyList<AppliedMigration> applied, MigrationPlan plan)
    {
        var own = applied.Where(row => row.Extension == source.Extension).OrderBy(row => row.Number).ToList();
        return new ExtensionSchema(source.Extension, own.Count, plan.Pending.Count(step => step.Extension == source.Extension), own.LastOrDefault()?.File, own.LastOrDefault()?.AppliedAt);
    }
}
