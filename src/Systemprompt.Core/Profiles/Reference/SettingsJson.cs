using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Profiles.Reference;

/// <summary>A setting's value as a profile would write it, in JSON, which YAML takes too.</summary>
internal static class SettingsJson
{
    /// <summary>The value; null for none.</summary>
    public static JsonNode? Of(object? value) => value switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        int or long or double or decimal => JsonValue.Create(Convert.ToDecimal(value, CultureInfo.InvariantCulture)),
        string text => JsonValue.Create(text),
        IDictionary map => new JsonObject(map.Keys.Cast<string>().Select(key => KeyValuePair.Create(key, Of(map[key])))),
        IEnumerable list when value is not Uri => new JsonArray([.. list.Cast<object>().Select(Of)]),
        _ when SettingsKind.IsRecord(value.GetType()) => Record(value),
        _ => JsonValue.Create(ValueText.Show(value)),
    };

    /// <summary>What a record has beyond its type's own defaults.</summary>
    private static JsonObject Record(object value)
    {
        var settings = SettingsType.Of(value.GetType());
        var standard = settings.Create();
        var json = new JsonObject();
        foreach (var property in settings.Properties)
        {
            var node = Of(property.Property.GetValue(value));
            if (!property.IsSecret && !JsonNode.DeepEquals(node, Of(property.Property.GetValue(standard)))) json[property.Key] = node;
        }

        return json;
    }
}
