using Systemprompt.Extensions;

namespace Systemprompt.Database.Migrations;

/// <summary>The migrations of one extension.</summary>
internal sealed record MigrationSource(string Extension, IReadOnlyList<Migration> Migrations);

/// <summary>Every migration this binary carries, in the order in which they are applied.</summary>
/// <param name="Sources">The enabled extensions that have migrations, in start order.</param>
/// <param name="Disabled">Extensions that are compiled in but disabled: their schemas are left alone.</param>
internal sealed record MigrationCatalogue(IReadOnlyList<MigrationSource> Sources, IReadOnlySet<string> Disabled)
{
    public static MigrationCatalogue Of(IEnumerable<Extension> enabled, IEnumerable<string> disabled) =>
        new([.. enabled.Select(extension => new MigrationSource(extension.Id, extension.Migrations)).Where(source => source.Migrations.Count > 0)], disabled.ToHashSet());

    public Migration? Find(string extension, int number) =>
        Sources.FirstOrDefault(source => source.Extension == extension)?.Migrations.FirstOrDefault(migration => migration.Number == number);
}

/// <summary>One migration with its owner.</summary>
internal sealed record MigrationStep(string Extension, Migration Migration)
{
    /// <summary>The file, as messages name it.</summary>
    public string File => $"{Extension}/{Migration.Number:000}_{Migration.Name}.sql";
}
