using System.Collections;

namespace Systemprompt.Profiles.Binding;

/// <summary>One setting in effect.</summary>
internal sealed record ConfigRow(string Key, string Value, string From);

/// <summary>Flattens a bound section into settings, with secrets masked.</summary>
internal static class ConfigListing
{
    private const string Masked = "***";

    public static IEnumerable<ConfigRow> Of(string path, object value, IReadOnlyDictionary<string, string> origins)
    {
        foreach (var property in SettingsType.Of(value.GetType()).Properties)
            foreach (var row in Rows($"{path}.{property.Key}", property.Property.GetValue(value), property.IsSecret, origins))
                yield return row;
    }

    private static IEnumerable<ConfigRow> Rows(string path, object? value, bool secret, IReadOnlyDictionary<string, string> origins)
    {
        switch (value)
        {
            case null or "":
                return [new ConfigRow(path, "", "unset")];
            case var _ when secret:
                return [new ConfigRow(path, Masked, From(path, origins))];
            case IDictionary map:
                return map.Keys.Cast<string>().SelectMany(key => Rows($"{path}.{key}", map[key], false, origins));
            case IEnumerable list when value is not string:
                var items = list.Cast<object>().ToList();
                return items.Count == 0 ? [new ConfigRow(path, "[]", From(path, origins))] : items.SelectMany((item, index) => Rows($"{path}[{index}]", item, false, origins));
            case var _ when SettingsKind.IsRecord(value.GetType()):
                return Of(path, value, origins);
            default:
                return [new ConfigRow(path, ValueText.Show(value), From(path, origins))];
        }
    }

    private static string From(string path, IReadOnlyDictionary<string, string> origins) => origins.GetValueOrDefault(path, "default");
}
