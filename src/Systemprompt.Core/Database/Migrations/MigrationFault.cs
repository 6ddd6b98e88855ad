using Npgsql;

namespace Systemprompt.Database.Migrations;

/// <summary>Puts a failed migration into words: file and line, what PostgreSQL says, what has been kept, what to do.</summary>
internal static class MigrationFault
{
    public static DatabaseRefusedException Of(MigrationStep step, SqlStatement statement, PostgresException fault, TimeSpan lockTimeout, IReadOnlyList<LockHolder> holders)
    {
        // The position counts characters from 1; in a statement that was handed over inside a block, the inner one is meant.
        var position = statement.HoldsSemicolon ? fault.InternalPosition : fault.Position;
        var at = statement.Start + (position > 0 ? SqlPlace.Units(statement.Text, position - 1) : 0);
        var hint = string.IsNullOrEmpty(fault.Hint) ? "" : $" {fault.Hint}";
        var held = fault.SqlState is not PostgresErrorCodes.LockNotAvailable ? ""
            : holders.Count == 0 ? $" It waited {lockTimeout.TotalSeconds:0.###} s (database.lock_timeout)."
            : $" It waited {lockTimeout.TotalSeconds:0.###} s (database.lock_timeout) for {string.Join(", ", holders)}.";
        return new DatabaseRefusedException($"{step.File}:{SqlPlace.Line(step.Migration.Sql, at)}: {fault.MessageText} ({fault.SqlState}).{hint}{held} {Kept(step)}", fault);
    }

    public static DatabaseRefusedException AtCommit(MigrationStep step, PostgresException fault) =>
        new($"{step.File}: {fault.MessageText} ({fault.SqlState}), when it was committed. {Kept(step)}", fault);

    public static DatabaseRefusedException Unsupported(MigrationStep step, SqlStatement statement, NotSupportedException fault) =>
        new($"{step.File}:{SqlPlace.Line(step.Migration.Sql, statement.Start)}: '{statement.Verb}' cannot be run from a migration ({fault.Message}). {Kept(step)}", fault);

    private static string Kept(MigrationStep step) => step.Migration.RunsWithoutTransaction()
        ? "It ran outside a transaction, so its statements before that line stand; all migrations before it stand too. Mend it so that it can run again from its beginning."
        : "Nothing of this migration has been kept; all before it stand.";
}

/// <summary>Places in a script.</summary>
internal static class SqlPlace
{
    /// <summary>The line of a position, from 1.</summary>
    public static int Line(string script, int at) => 1 + script.AsSpan(0, Math.Min(at, script.Length)).Count('\n');

    /// <summary>A count of characters as PostgreSQL counts them, in UTF-16 units.</summary>
    public static int Units(string text, int characters) => text.EnumerateRunes().Take(characters).Sum(rune => rune.Utf16SequenceLength);
}
