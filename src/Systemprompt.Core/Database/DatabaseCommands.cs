using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Database;

/// <summary><c>infra db status|plan|migrate|verify</c>: what the database is, and its schema against what this binary carries.</summary>
internal static class DatabaseCommands
{
    private static readonly Option<bool> Sql = new("--sql") { Description = "Print the statements too." };

    private static readonly Option<string[]> Accept = new("--accept-checksum")
    {
        Description = "EXTENSION/NNN of an applied migration whose file was changed since, when the database already is as the changed file says; repeatable.",
    };

    public static void Map(CommandMap commands)
    {
        commands.Map("infra db status", "Shows whether the database answers, what it is, and how far each extension's schema has come.", "infra db status --json", [], StatusAsync);
        commands.Map("infra db plan", "Lists the pending migrations in the order in which they would be applied. Changes nothing.", "infra db plan --sql", [Sql], PlanAsync);
        commands.Map("infra db migrate", "Applies the pending migrations, under a lock that one process of all can hold.", "infra db migrate", [Accept], MigrateAsync);
        commands.Map("infra db verify", "Compares every applied migration with the one in this binary; exit code 1 when they differ.", "infra db verify", [], VerifyAsync);
    }

    private static async Task<int> StatusAsync(CliCall call, CancellationToken cancellationToken)
    {
        var status = await DatabaseStatus.ReadAsync(await call.ServicesAsync(cancellationToken), cancellationToken);
        if (call.Output.IsJson)
        {
            call.Output.Document(status);
        }
        else
        {
            call.Output.Item(
                status,
                ("reachable", shown => shown.Reachable), ("place", shown => shown.Place), ("embedded", shown => shown.Embedded), ("version", shown => shown.Version),
                ("applied", shown => shown.Extensions.Sum(extension => extension.Applied)), ("pending", shown => shown.Extensions.Sum(extension => extension.Pending)),
                ("left over", shown => string.Join(", ", shown.LeftOver)));
            if (status.Extensions.Count > 0)
                call.Output.List(
                    status.Extensions,
                    ("extension", row => row.Extension), ("applied", row => row.Applied), ("pending", row => row.Pending), ("newest", row => row.Newest), ("applied at", row => row.NewestAt));
            foreach (var fault in status.Faults) call.Output.Notice(fault);
        }

        return status.Faults.Count == 0 ? 0 : 1;
    }

    private static Task<int> PlanAsync(CliCall call, CancellationToken cancellationToken) => ReachAsync(call, async services =>
    {
        var plan = await services.GetRequiredService<Migrator>().PlanAsync(cancellationToken);
        var withSql = call.Get(Sql);
        if (call.Output.IsJson || !withSql)
            call.Output.List(
                [.. plan.Pending.Select(step => PlannedMigration.Of(step, withSql))],
                ("file", row => row.File), ("statements", row => row.Statements), ("in a transaction", row => row.InTransaction));
        else
            foreach (var step in plan.Pending) call.Output.Line($"-- {step.File}\n{step.Migration.Sql.TrimEnd()}\n");
        if (plan.Pending.Count == 0 && !call.Output.IsJson) call.Output.Notice("nothing is pending");
        return Report(call, plan.Faults);
    }, cancellationToken);

    private static Task<int> MigrateAsync(CliCall call, CancellationToken cancellationToken) => ReachAsync(call, async services =>
    {
        var catalogue = services.GetRequiredService<MigrationCatalogue>();
        var accepted = (call.Get(Accept) ?? []).Select(text => Step(catalogue, text)).ToList();
        await Preflight.CheckAsync(services.GetRequiredService<DatabaseServer>().Address, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellationToken);
        var applied = await services.GetRequiredService<Migrator>().MigrateAsync(accepted, cancellationToken);
        foreach (var step in accepted) call.Output.Notice($"{step.File} is accepted as it is now");
        if (applied.Count == 0 && !call.Output.IsJson) call.Output.Notice("nothing was pending");
        else call.Output.List([.. applied.Select(step => PlannedMigration.Of(step, withSql: false))], ("applied", row => row.File), ("statements", row => row.Statements));
        return 0;
    }, cancellationToken);

    private static Task<int> VerifyAsync(CliCall call, CancellationToken cancellationToken) => ReachAsync(call, async services =>
    {
        var migrator = services.GetRequiredService<Migrator>();
        var catalogue = services.GetRequiredService<MigrationCatalogue>();
        var applied = await migrator.AppliedAsync(cancellationToken);
        call.Output.List(
            [.. applied.Select(row => VerifiedMigration.Of(row, catalogue))],
            ("file", row => row.File), ("result", row => row.Result), ("applied at", row => row.AppliedAt), ("by", row => row.AppliedBy));
        return Report(call, MigrationPlan.Of(catalogue, applied).Faults);
    }, cancellationToken);

    private static MigrationStep Step(MigrationCatalogue catalogue, string text)
    {
        var parts = text.Split('/');
        if (parts.Length != 2 || !int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
            throw new CliException($"--accept-checksum {text} is not EXTENSION/NNN such as billing/001", 2);
        return catalogue.Find(parts[0], number) is { } migration
            ? new MigrationStep(parts[0], migration)
            : throw new CliException($"--accept-checksum {text}: this binary has no such migration{(catalogue.Disabled.Contains(parts[0]) ? $"; extension '{parts[0]}' is disabled in the profile" : "; 'infra db verify' lists those that are applied")}", 2);
    }

    private static int Report(CliCall call, IReadOnlyList<string> faults)
    {
        foreach (var fault in faults) call.Output.Notice(fault);
        return faults.Count == 0 ? 0 : 1;
    }

    private static async Task<int> ReachAsync(CliCall call, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        try
        {
            return await work(services);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && DatabaseErrors.MayMend(fault))
        {
            throw new CliException($"the database at {services.GetRequiredService<DatabaseServer>().Address.Place} cannot be used: {DatabaseErrors.Describe(fault)}");
        }
    }
}

/// <summary>A pending or just applied migration.</summary>
internal sealed record PlannedMigration(string File, string Extension, int Number, string Name, int Statements, bool InTransaction, string Checksum, string? Sql)
{
    public static PlannedMigration Of(MigrationStep step, bool withSql) => new(
        step.File,
        step.Extension,
        step.Migration.Number,
        step.Migration.Name,
        SqlScript.Split(step.Migration.Sql).Count,
        !step.Migration.RunsWithoutTransaction(),
        step.Migration.Checksum(),
        withSql ? step.Migration.Sql : null);
}

/// <summary>An applied migration against this binary's.</summary>
/// <param name="File">The file it came from.</param>
/// <param name="Result">ok, changed, missing (this binary does not carry it), or left_over (nor its extension, or the profile disables that).</param>
/// <param name="AppliedAt">When it was applied.</param>
/// <param name="AppliedBy">By which database user, on which machine and process.</param>
/// <param name="Checksum">SHA-256 of what was applied.</param>
internal sealed record VerifiedMigration(string File, string Result, DateTimeOffset AppliedAt, string AppliedBy, string Checksum)
{
    public static VerifiedMigration Of(AppliedMigration row, MigrationCatalogue catalogue) => new(
        row.File,
        catalogue.Sources.All(source => source.Extension != row.Extension) ? "left_over"
            : catalogue.Find(row.Extension, row.Number) is not { } migration ? "missing"
            : migration.Checksum() == row.Checksum ? "ok" : "changed",
        row.AppliedAt,
        row.AppliedBy,
        row.Checksum);
}
