namespace Systemprompt.Extensions;

/// <summary>Start order: dependencies first; among the rest, lower priority first, ties by id. Deterministic.</summary>
internal static class ExtensionOrder
{
    public static IReadOnlyList<Extension> Sort(IReadOnlyList<Extension> extensions)
    {
        var byId = new Dictionary<string, Extension>(StringComparer.Ordinal);
        foreach (var extension in extensions)
            if (!byId.TryAdd(extension.Id, extension))
                throw new ExtensionException(
                    $"extension id '{extension.Id}' stands twice: {byId[extension.Id].GetType().FullName} and {extension.GetType().FullName}; rename one");

        var ordered = new List<Extension>(extensions.Count);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var path = new List<string>();
        foreach (var extension in Ranked(extensions)) Visit(extension, byId, ordered, done, path);
        return ordered;
    }

    private static void Visit(
        Extension extension, Dictionary<string, Extension> byId, List<Extension> ordered, HashSet<string> done, List<string> path)
    {
        if (done.Contains(extension.Id)) return;
        if (path.Contains(extension.Id))
        {
            var circle = path.SkipWhile(id => id != extension.Id).Append(extension.Id);
            throw new ExtensionException($"extensions depend on each other in a circle: {string.Join(" -> ", circle)}; remove one of the dependencies");
        }

        path.Add(extension.Id);
        var needed = new List<Extension>();
        foreach (var id in extension.Dependencies)
            needed.Add(byId.TryGetValue(id, out var found)
                ? found
                : throw new ExtensionException($"extension '{extension.Id}' depends on '{id}', which is not compiled in ({string.Join(" -> ", path)} -> {id}); reference its project from the host"));
        foreach (var dependency in Ranked(needed)) Visit(dependency, byId, ordered, done, path);
        path.RemoveAt(path.Count - 1);
        done.Add(extension.Id);
        ordered.Add(extension);
    }

    private static IEnumerable<Extension> Ranked(IEnumerable<Extension> extensions) =>
        extensions.OrderBy(extension => extension.Priority).ThenBy(extension => extension.Id, StringComparer.Ordinal);
}
