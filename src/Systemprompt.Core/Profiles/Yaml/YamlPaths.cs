namespace Systemprompt.Profiles.Yaml;

/// <summary>Finds the place of a path such as <c>providers[0].endpoint</c>: its own, or that of the nearest part that is written.</summary>
internal static class YamlPaths
{
    public static YamlPlace Nearest(YamlEntry section, string path)
    {
        var place = section.Place;
        var node = section.Value;
        foreach (var part in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part[0] == '[' && node is YamlList list && int.TryParse(part.AsSpan(1, part.Length - 2), out var index) && index < list.Items.Count)
                (place, node) = (list.Items[index].Place, list.Items[index]);
            else if (node is YamlMap map && map.Find(part) is { } entry)
                (place, node) = (entry.Place, entry.Value);
            else
                break;
        }

        return place;
    }
}
