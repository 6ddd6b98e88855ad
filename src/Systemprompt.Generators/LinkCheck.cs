using Microsoft.CodeAnalysis;

namespace Systemprompt.Generators;

/// <summary>What can only be judged with every extension in view: ids used twice, and extensions that would be left out.</summary>
internal static class LinkCheck
{
    public static IEnumerable<Fault> Faults(
        ProjectKind project, EquatableArray<DeclaredExtension> declared, EquatableArray<ReferencedAssembly> references)
    {
        if (project == ProjectKind.Test) return [];
        var duplicates = OwnDuplicates(declared, references);
        return project == ProjectKind.Host
            ? duplicates.Concat(ReferencedDuplicates(references)).Concat(Unmarked(references))
            : duplicates;
    }

    /// <summary>At each class of this project whose id another class has as well.</summary>
    private static IEnumerable<Fault> OwnDuplicates(
        EquatableArray<DeclaredExtension> declared, EquatableArray<ReferencedAssembly> references)
    {
        foreach (var extension in declared)
        {
            var other = declared
                .Where(candidate => candidate.Entry.Id == extension.Entry.Id && candidate != extension)
                .Select(candidate => Owner(candidate.Entry, candidate.Place.ToString()))
                .Concat(ReferencedOwners(references, extension.Entry.Id))
                .FirstOrDefault();
            if (other is not null)
                yield return Duplicate(extension.Place, extension.Entry.Id, Owner(extension.Entry, extension.Place.ToString()), other);
        }
    }

    private static IEnumerable<Fault> ReferencedDuplicates(EquatableArray<ReferencedAssembly> references) =>
        from id in references.SelectMany(reference => reference.Marked).Select(entry => entry.Id).Distinct(StringComparer.Ordinal)
        let owners = ReferencedOwners(references, id).ToList()
        where owners.Count > 1
        orderby id
        select Duplicate(null, id, owners[0], owners[1]);

    private static IEnumerable<string> ReferencedOwners(EquatableArray<ReferencedAssembly> references, string id) =>
        from reference in references
        from entry in reference.Marked
        where entry.Id == id
        orderby reference.Assembly, entry.TypeName
        select Owner(entry, reference.Assembly);

    private static IEnumerable<Fault> Unmarked(EquatableArray<ReferencedAssembly> references)
    {
        var bases = new HashSet<string>(StringComparer.Ordinal) { "Systemprompt.Extensions.Extension" };
        var classes = references.SelectMany(reference => reference.Classes).ToList();
        while (classes.RemoveAll(type => bases.Contains(type.BaseName) && bases.Add(type.Name)) > 0)
        {
            // Each round follows the inheritance one step further, across assemblies.
        }

        return
            from reference in references
            where reference.Marked.Items.IsEmpty
            from type in reference.Classes
            where !type.IsAbstract && bases.Contains(type.Name)
            orderby reference.Assembly, type.Name
            select Fault.At(null, Rules.Unmarked, type.Name, reference.Assembly);
    }

    private static string Owner(ExtensionEntry entry, string place) => $"{entry.TypeName} ({place})";

    private static Fault Duplicate(SourcePlace? place, string id, string one, string other) =>
        Fault.At(place, Rules.DuplicateId, id, one, other);
}
