namespace Systemprompt.Profiles.Yaml;

/// <summary>A place in a profile.</summary>
internal readonly record struct YamlPlace(long Line, long Column);

/// <summary>A node of a profile, with its place.</summary>
internal abstract record YamlNode(YamlPlace Place);

/// <summary>A text, as written; interpolation comes later. <paramref name="IsNull"/>: an empty plain value or <c>~</c>/<c>null</c>.</summary>
internal sealed record YamlText(YamlPlace Place, string Value, bool IsNull) : YamlNode(Place);

/// <summary>A list.</summary>
internal sealed record YamlList(YamlPlace Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place);

/// <summary>A mapping, in file order, without duplicate keys.</summary>
internal sealed record YamlMap(YamlPlace Place, IReadOnlyList<YamlEntry> Entries) : YamlNode(Place)
{
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);
}

/// <summary>One key of a mapping.</summary>
internal sealed record YamlEntry(string Key, YamlPlace Place, YamlNode Value);
