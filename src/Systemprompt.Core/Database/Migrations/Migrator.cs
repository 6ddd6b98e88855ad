using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Hosting;

namespace Systemprompt.Database.Migrations;

/// <summary>
/// Brings every extension's schema to what this binary carries: under one lock on one connection, each migration in one transaction
/// together with its tracking row, in the extensions' order.
/// </summary>
internal sealed partial class Migrator(
    [FromKeyedServices("direct")] NpgsqlDataSource direct,
    MigrationCatalogue catalogue,
    DatabaseSettings settings,
    Readiness readiness,
    TimeProvider clock,
    ILogger<Migrator> logger)
{
    /// <summary>What the database has against what this binary carries. Changes nothing.</summary>
    public async Task<MigrationPlan> PlanAsync(CancellationToken cancellationToken)
    {
        await using var connection = await direct.OpenConnectionAsync(cancellationToken);
        return await PlanAsync(connection, cancellationToken);
    }

    /// <summary>The rows of the tracking table.</summary>
    public async Task<IReadOnlyList<AppliedMigration>> AppliedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await direct.OpenConnectionAsync(cancellationToken);
        return await MigrationTable.ReadAsync(connection, cancellationToken);
    }

    /// <summary>Applies what is pending and returns it. Of several processes at once, one applies and the others find nothing to do.</summary>
    /// <param name="accept">Migrations that were changed after they were applied, and whose change is to be taken as it is.</param>
    /// <param name="cancellationToken">Stops; what is not committed is undone.</param>
    /// <exception cref="DatabaseRefusedException">A migration failed or does not fit; nothing of it has been kept.</exception>
    public async Task<IReadOnlyList<MigrationStep>> MigrateAsync(IReadOnlyList<MigrationStep> accept, CancellationToken cancellationToken)
    {
        await using var connection = await direct.OpenConnectionAsync(cancellationToken);
        if (accept.Count == 0 && (await PlanAsync(connection, cancellationToken)).Sound().Pending.Count == 0) return [];

        await MigrationSession.NameAsync(connection, cancellationToken);
        await using var held = await MigrationLock.AcquireAsync(connection, settings.LockTimeout, clock, readiness.Report, logger, cancellationToken);
        await MigrationTable.EnsureAsync(connection, cancellationToken);
        foreach (var step in accept) await AcceptAsync(connection, step, cancellationToken);
        // Read again: whoever had the lock before may have done it all.
        var pending = (await PlanAsync(connection, cancellationToken)).Sound().Pending;
        var session = new MigrationSession(connection, direct, settings.LockTimeout, clock);
        foreach (var step in pending)
        {
            readiness.Report($"migrating the database: {step.File}");
            var started = clock.GetTimestamp();
            await session.ApplyAsync(step, cancellationToken);
            Applied(logger, step.File, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        }

        return pending;
    }

    /// <summary>Refuses when something is pending, for a server that may not migrate.</summary>
    /// <exception cref="DatabaseRefusedException">Something is pending, or does not fit.</exception>
    public async Task RequireMigratedAsync(CancellationToken cancellationToken)
    {
        var pending = (await PlanAsync(cancellationToken)).Sound().Pending;
        if (pending.Count > 0)
            throw new DatabaseRefusedException(
                $"{pending.Count} migration{(pending.Count == 1 ? " is" : "s are")} pending ({string.Join(", ", pending.Select(step => step.File).Take(5))}{(pending.Count > 5 ? ", …" : "")}) "
                + "and database.migrate is 'never': run 'infra db migrate' with this binary first, or set database.migrate: on_start");
    }

    private async Task<MigrationPlan> PlanAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        MigrationPlan.Of(catalogue, await MigrationTable.ReadAsync(connection, cancellationToken));

    private async Task AcceptAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        if (!await MigrationTable.SetChecksumAsync(connection, step, cancellationToken))
            throw new DatabaseRefusedException($"{step.File} has not been applied, so there is no checksum to accept; 'infra db migrate' applies it");
        Accepted(logger, step.File);
    }

    [LoggerMessage(1212, LogLevel.Information, "Applied migration {File} in {Milliseconds} ms")]
    private static partial void Applied(ILogger logger, string file, long milliseconds);

    [LoggerMessage(1213, LogLevel.Warning, "Accepted the changed file of the applied migration {File}")]
    private static partial void Accepted(ILogger logger, string file);
}
