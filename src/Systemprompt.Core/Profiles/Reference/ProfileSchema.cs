using System.Text.Json.Nodes;
using Systemprompt.Extensions;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Profiles.Reference;

/// <summary>
/// The profile of a binary as a JSON Schema (2020-12), for editors. It admits what the binder admits: a variable wherever a value stands,
/// and an empty value for a key that may be left out.
/// </summary>
internal static class ProfileSchema
{
    public static JsonObject Of(string binary, IEnumerable<Extension> extensions)
    {
        var properties = new JsonObject { ["tenant"] = Tenant() };
        var required = new JsonArray("tenant");
        foreach (var (section, extension) in ProfileSections.WithOwners(extensions).OrderBy(pair => pair.Section.Key, StringComparer.Ordinal))
        {
            var settings = SettingsType.Of(section.Type);
            properties[section.Key] = Record(settings, settings.Create(), extension.Description);
            if (settings.Properties.Any(property => property.IsRequired)) required.Add(section.Key);
        }

        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"Profile of {binary}",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = required,
            ["properties"] = properties,
            ["$defs"] = SchemaParts.All(),
        };
    }

    private static JsonObject Tenant() => new()
    {
        ["description"] = ProfileDocument.TenantDescription,
        ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["pattern"] = ProfileDocument.TenantPattern }, SchemaParts.Variable()),
    };

    /// <param name="settings">The record.</param>
    /// <param name="defaults">An instance that has the defaults, or null where there is none to name.</param>
    /// <param name="description">What it is.</param>
    private static JsonObject Record(SettingsType settings, object? defaults, string description)
    {
        var properties = new JsonObject();
        foreach (var property in settings.Properties) properties[property.Key] = Property(property, defaults is null ? null : property.Property.GetValue(defaults));
        var schema = Described(description, new JsonObject
        {
            ["type"] = new JsonArray("object", "null"),
            ["additionalProperties"] = false,
            ["properties"] = properties,
        });
        var required = settings.Properties.Where(property => property.IsRequired).Select(property => (JsonNode)property.Key).ToArray();
        if (required.Length == 0) return schema;
        schema["type"] = "object";
        schema["required"] = new JsonArray(required);
        return schema;
    }

    private static JsonObject Property(SettingsProperty property, object? standard)
    {
        if (property.IsSecret)
            return Described(property.Description, SchemaParts.Optional(new JsonObject { ["$ref"] = "#/$defs/secret" }, property.IsRequired));
        var type = SettingsKind.Plain(property.Type);
        if (SettingsKind.IsRecord(type)) return Record(SettingsType.Of(type), standard ?? SettingsType.Of(type).Create(), property.Description);
        var value = Value(type);
        SchemaParts.Bound(value, property.Rules);
        var schema = Described(property.Description, SchemaParts.Optional(SchemaParts.OrVariable(value, type), property.IsRequired));
        if (!property.IsRequired && SettingsJson.Of(standard) is { } node) schema["default"] = node;
        return schema;
    }

    private static JsonObject Value(Type type)
    {
        type = SettingsKind.Plain(type);
        if (SettingsKind.ListItem(type) is { } item)
            return new JsonObject { ["type"] = "array", ["items"] = Element(item) };
        if (SettingsKind.MapValue(type) is { } value)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Element(value) };
        return SchemaParts.Scalar(type);
    }

    private static JsonObject Element(Type type)
    {
        type = SettingsKind.Plain(type);
        return SettingsKind.IsRecord(type) ? Record(SettingsType.Of(type), SettingsType.Of(type).Create(), "") : SchemaParts.OrVariable(Value(type), type);
    }

    private static JsonObject Described(string description, JsonObject schema)
    {
        if (description.Length > 0) schema.Insert(0, "description", description);
        return schema;
    }
}
