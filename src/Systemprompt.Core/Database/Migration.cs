using System.Reflection;

namespace Systemprompt.Database;

/// <summary>One append-only step of an extension's schema.</summary>
/// <param name="Number">Position, from the file name's digits: unique and rising within the extension.</param>
/// <param name="Name">The rest of the file name.</param>
/// <param name="Sql">The statements. A first line <c>-- no-transaction</c> runs them outside a transaction.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>Reads <c>FOLDER/NNN_name.sql</c> resources of an assembly, in order.</summary>
    /// <exception cref="InvalidOperationException">A file name is not <c>NNN_name.sql</c>, or a number stands twice.</exception>
    public static IReadOnlyList<Migration> FromResources(Assembly assembly, string folder)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var migrations = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Number)
            .ToList();
        foreach (var (first, second) in migrations.Zip(migrations.Skip(1)))
            if (first.Number == second.Number)
                throw new InvalidOperationException(
                    $"{assembly.GetName().Name}: migration number {first.Number} stands twice in {folder}/ ({first.Name}, {second.Name}). Renumber the newer one.");
        return migrations;
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        var file = Path.GetFileNameWithoutExtension(resource);
        var split = file.IndexOf('_', StringComparison.Ordinal);
        if (split < 1 || !int.TryParse(file.AsSpan(0, split), out var number))
            throw new InvalidOperationException($"{assembly.GetName().Name}: {resource} is not named NNN_name.sql.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new Migration(number, file[(split + 1)..], reader.ReadToEnd());
    }
}
