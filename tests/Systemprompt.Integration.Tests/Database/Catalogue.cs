using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Integration.Tests.Database;

/// <summary>Makes migrations for tests.</summary>
internal static class Catalogue
{
    public static MigrationCatalogue Empty { get; } = new([], new HashSet<string>());

    /// <summary>One extension with migrations numbered from 1.</summary>
    public static MigrationCatalogue Of(string extension, params string[] scripts) => new([Source(extension, scripts)], new HashSet<string>());

    public static MigrationCatalogue Of(params MigrationSource[] sources) => new(sources, new HashSet<string>());

    public static MigrationSource Source(string extension, params string[] scripts) =>
        new(extension, [.. scripts.Select((sql, at) => new Migration(at + 1, $"step{at + 1}", sql))]);
}
