namespace Systemprompt.Profiles.Yaml;

/// <summary>Puts a value into a mapping without changing it: what is on the way to it is made anew.</summary>
internal static class YamlOverlay
{
    public static YamlMap Set(YamlMap map, ReadOnlySpan<string> path, YamlNode value, YamlPlace keyAt)
    {
        var key = path[0];
        var before = map.Find(key);
        // What is no mapping gives way to one: the value stands below it.
        var inside = path.Length == 1 ? value : Set(before?.Value as YamlMap ?? new YamlMap(value.Place, []), path[1..], value, keyAt);
        var entry = new YamlEntry(key, before?.Place ?? keyAt, inside);
        return map with { Entries = before is null ? [.. map.Entries, entry] : [.. map.Entries.Select(other => other.Key == key ? entry : other)] };
    }
}
