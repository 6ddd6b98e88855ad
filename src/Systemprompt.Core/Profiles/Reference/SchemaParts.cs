using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Profiles.Reference;

/// <summary>The parts a profile's schema is put together from.</summary>
internal static class SchemaParts
{
    /// <summary>What others refer to.</summary>
    public static JsonObject All() => new()
    {
        ["variable"] = new JsonObject
        {
            ["description"] = "A value that comes from outside: ${NAME}, ${NAME:-default} or ${file:/path}. NAME_FILE may name a file to read NAME from.",
            ["type"] = "string",
            ["pattern"] = @"\$\{",
        },
        ["secret"] = new JsonObject
        {
            ["description"] = "A secret. It never stands in a profile: write ${NAME}, ${NAME:-} if it may be unset, or ${file:/run/secrets/name}.",
            ["type"] = "string",
            ["pattern"] = ProfileVariables.SecretPattern,
        },
        ["duration"] = new JsonObject
        {
            ["description"] = "A duration: 500ms, 30s, 5m, 12h or 7d.",
            ["type"] = "string",
            ["pattern"] = @"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$",
        },
        ["size"] = new JsonObject
        {
            ["description"] = "A number of bytes: 512, 64KB, 32MB or 1GB.",
            ["type"] = new JsonArray("string", "integer"),
            ["pattern"] = "^[0-9]+(KB|MB|GB)?$",
            ["minimum"] = 0,
        },
        ["switch"] = new JsonObject { ["enum"] = new JsonArray(true, false, "on", "off", "yes", "no") },
    };

    public static JsonObject Variable() => Reference("variable");

    /// <summary>One value without its bounds.</summary>
    public static JsonObject Scalar(Type type) =>
        type == typeof(bool) ? Reference("switch")
        : type == typeof(TimeSpan) ? Reference("duration")
        : type == typeof(ByteSize) ? Reference("size")
        : type == typeof(int) || type == typeof(long) ? new JsonObject { ["type"] = "integer" }
        : type == typeof(double) || type == typeof(decimal) ? new JsonObject { ["type"] = "number" }
        : type == typeof(Uri) ? new JsonObject { ["type"] = "string", ["pattern"] = "^https?://" }
        : type.IsEnum ? new JsonObject { ["enum"] = new JsonArray([.. ValueText.Choices(type).Select(choice => (JsonNode)choice)]) }
        // A text needs no quotes, so YAML may take it for a number.
        : new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };

    /// <summary>The same, or a variable. A text holds one by itself, a mapping is never one.</summary>
    public static JsonObject OrVariable(JsonObject value, Type type) =>
        type == typeof(string) && !value.ContainsKey("pattern") || SettingsKind.MapValue(type) is not null ? value : new JsonObject { ["anyOf"] = new JsonArray(value, Variable()) };

    /// <summary>The same, or nothing, which leaves the default.</summary>
    public static JsonObject Optional(JsonObject value, bool required)
    {
        if (required) return value;
        if (value["anyOf"] is JsonArray choices) choices.Add(new JsonObject { ["type"] = "null" });
        else if (value["type"] is JsonArray types) types.Add("null");
        else if (value["type"] is JsonValue type) value["type"] = new JsonArray(type.DeepClone(), "null");
        else return new JsonObject { ["anyOf"] = new JsonArray(value, new JsonObject { ["type"] = "null" }) };
        return value;
    }

    /// <summary>Adds what attributes say of a value.</summary>
    public static void Bound(JsonObject value, IReadOnlyList<ValidationAttribute> rules)
    {
        var (least, most) = value["type"]?.ToString() == "array" ? ("minItems", "maxItems") : ("minLength", "maxLength");
        foreach (var rule in rules)
        {
            switch (rule)
            {
                case RangeAttribute range:
                    value["minimum"] = Number(range.Minimum);
                    value["maximum"] = Number(range.Maximum);
                    break;
                case MinLengthAttribute length:
                    value[least] = length.Length;
                    break;
                case MaxLengthAttribute length:
                    value[most] = length.Length;
                    break;
                case RegularExpressionAttribute form:
                    value["pattern"] = $"^(?:{form.Pattern})$";
                    break;
            }
        }
    }

    private static JsonNode Number(object bound) => JsonValue.Create(Convert.ToDecimal(bound, CultureInfo.InvariantCulture));

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/$defs/{name}" };
}
