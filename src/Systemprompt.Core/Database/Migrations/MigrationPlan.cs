namespace Systemprompt.Database.Migrations;

/// <summary>What the database has against what this binary carries.</summary>
/// <param name="Pending">To apply, in order.</param>
/// <param name="Faults">Why nothing may be applied and the server must not start; each with its remedy. Empty when all is well.</param>
/// <param name="LeftOver">Extensions with applied migrations that this binary does not have or the profile disables; their data stays.</param>
internal sealed record MigrationPlan(IReadOnlyList<MigrationStep> Pending, IReadOnlyList<string> Faults, IReadOnlyList<string> LeftOver)
{
    public static MigrationPlan Of(MigrationCatalogue catalogue, IReadOnlyList<AppliedMigration> applied)
    {
        var pending = new List<MigrationStep>();
        var faults = new List<string>();
        foreach (var source in catalogue.Sources)
            Compare(source, [.. applied.Where(row => row.Extension == source.Extension).OrderBy(row => row.Number)], pending, faults);
        var known = catalogue.Sources.Select(source => source.Extension).ToHashSet();
        return new MigrationPlan(pending, faults, [.. applied.Select(row => row.Extension).Distinct().Where(id => !known.Contains(id)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Refuses to go on when there is a fault.</summary>
    /// <exception cref="DatabaseRefusedException">There is one; all are in the message.</exception>
    public MigrationPlan Sound() =>
        Faults.Count == 0 ? this : throw new DatabaseRefusedException(string.Join('\n', Faults));

    private static void Compare(MigrationSource source, IReadOnlyList<AppliedMigration> applied, List<MigrationStep> pending, List<string> faults)
    {
        var newestApplied = applied.Count == 0 ? int.MinValue : applied[^1].Number;
        var newestHere = source.Migrations.Max(migration => migration.Number);
        foreach (var migration in source.Migrations)
        {
            var step = new MigrationStep(source.Extension, migration);
            if (applied.FirstOrDefault(row => row.Number == migration.Number) is { } row)
            {
                if (row.Checksum != migration.Checksum()) faults.Add(Changed(step, row));
            }
            else if (migration.Number < newestApplied)
            {
                faults.Add($"{step.File} is new, but {applied[^1].File} has already been applied: migrations run in order. Give it a number above {newestApplied:000}.");
            }
            else
            {
                pending.Add(step);
            }
        }

        foreach (var row in applied)
            if (source.Migrations.All(migration => migration.Number != row.Number)) faults.Add(Missing(row, newestHere));
    }

    private static string Changed(MigrationStep step, AppliedMigration row) =>
        $"{step.File} was changed after it was applied at {row.AppliedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z. Restore the file and put the change into a new migration; "
        + $"or, if the database already is as the changed file says, run 'infra db migrate --accept-checksum {step.Extension}/{step.Migration.Number:000}'.";

    private static string Missing(AppliedMigration row, int newestHere) => row.Number > newestHere
        ? $"{row.File} is applied, but this binary only goes up to {row.Extension}/{newestHere:000}: the database is newer than the binary. Run a binary at least as new, or restore a backup from before the upgrade."
        : $"{row.File} is applied, but this binary does not carry it any more. Restore the file: an applied migration stays.";
}
