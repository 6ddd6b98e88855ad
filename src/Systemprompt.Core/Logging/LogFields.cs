using System.Text.Json;

namespace Systemprompt.Logging;

/// <summary>A line's own fields as one JSON object, without secrets.</summary>
internal static class LogFields
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject();
        for (var at = 0; at < fields.Count; at++)
        {
            var (name, value) = fields[at];
            if (name == "{OriginalFormat}") continue;
            if (value is int or long && !LogRedactor.IsSecret(name)) json.WriteNumber(name, Convert.ToInt64(value));
            else if (value is bool flag) json.WriteBoolean(name, flag);
            else json.WriteString(name, LogRedactor.Value(name, value));
        }

        json.WriteEndObject();
    }
}
