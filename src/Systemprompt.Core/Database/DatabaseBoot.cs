using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Database.Embedded;
using Systemprompt.Database.Migrations;
using Systemprompt.Hosting;

namespace Systemprompt.Database;

/// <summary>
/// Finds out where the database is, which for an embedded one means starting it, and brings it up. Whatever resolves an
/// <see cref="NpgsqlDataSource"/> may do so only after <see cref="EnsureAsync"/>.
/// </summary>
internal sealed partial class DatabaseBoot(DatabaseServer server, IServiceProvider services, DatabaseSettings settings, Readiness readiness, TimeProvider clock, ILogger<DatabaseBoot> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>For a command: makes the data sources resolvable. Connects to nothing yet, but starts or joins the embedded server.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) => server.EnsureAsync(EmbeddedUse.Command, cancellationToken);

    /// <summary>
    /// For the server's start: waits until the database answers, however long that takes, checks that it is fit, and migrates it or
    /// sees that it is migrated. What it waits for stands in <see cref="Readiness.Detail"/>.
    /// </summary>
    /// <exception cref="DatabaseRefusedException">Waiting does not help; the message names the remedy.</exception>
    public async Task BringUpAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        var told = "";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryBringUpAsync(cancellationToken);
                if (attempt > 1) Back(logger, server.Address.Place, attempt);
                return;
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested && fault is not DatabaseRefusedException && (fault is DatabaseException || DatabaseErrors.MayMend(fault)))
            {
                // Health is public: where the database is stands in the log alone.
                var (why, reason) = fault is DatabaseException
                    ? ("the log says why", fault.Message)
                    : (DatabaseErrors.Describe(fault), $"waiting for the database at {server.Address.Place}: {DatabaseErrors.Describe(fault)}");
                readiness.Report($"waiting for the database: {why} (attempt {attempt})");
                if (told != reason) Waiting(logger, reason);
                told = reason;
                await Task.Delay(pause * (0.8 + 0.4 * Random.Shared.NextDouble()), clock, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task TryBringUpAsync(CancellationToken cancellationToken)
    {
        await server.EnsureAsync(EmbeddedUse.Server, cancellationToken);
        var early = services.GetService<EarlyLook>()?.Take();
        var facts = await (early?.WaitAsync(cancellationToken) ?? Preflight.LookAsync(server.Address, cancellationToken));
        Preflight.Judge(facts, server.Address, logger);
        var migrator = services.GetRequiredService<Migrator>();
        if (settings.Migrate == MigrateWhen.OnStart) await migrator.MigrateAsync([], cancellationToken);
        else await migrator.RequireMigratedAsync(cancellationToken);

        // What migrating opened is not needed again: replicas share the server's connections.
        services.GetRequiredKeyedService<NpgsqlDataSource>("direct").Clear();

        // The runtime address may differ (a pooler, another user): it must work too before anybody is told that we do.
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
    }

    [LoggerMessage(1203, LogLevel.Warning, "{Reason}; trying again until it works")]
    private static partial void Waiting(ILogger logger, string reason);

    [LoggerMessage(1204, LogLevel.Information, "The database at {Place} answers, at attempt {Attempt}")]
    private static partial void Back(ILogger logger, string place, int attempt);
}
