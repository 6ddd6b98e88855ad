namespace Systemprompt.Database.Migrations;

/// <summary>A row of <c>database.migrations</c>.</summary>
internal sealed record AppliedMigration(
    string Extension,
    int Number,
    string Name,
    string Checksum,
    DateTimeOffset AppliedAt,
    string AppliedBy,
    TimeSpan Duration)
{
    /// <summary>The file it came from, as messages name it.</summary>
    public string File => $"{Extension}/{Number:000}_{Name}.sql";
}
