using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Systemprompt.Audit;

/// <summary>An entry as the commands print it.</summary>
internal static class AuditEntryText
{
    // What PostgreSQL keeps: microseconds.
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";

    /// <summary>The whole entry as one flat object. What every kind has comes first.</summary>
    public static JsonObject ToJson(AuditEntry entry)
    {
        var json = new JsonObject
        {
            ["id"] = Node(entry.Id),
            ["kind"] = entry.Kind,
            ["created_at"] = Node(entry.At),
            ["tenant"] = entry.Tenant,
            ["user_id"] = entry.UserId,
            ["model"] = entry.Model,
            ["status"] = entry.Status,
            ["summary"] = entry.Summary,
            ["cost_microdollars"] = entry.CostMicrodollars,
        };
        foreach (var (name, value) in entry.Details) json.TryAdd(name, Node(value));
        return json;
    }

    /// <summary>A moment in UTC, to the microsecond.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);

    /// <summary>A member on one line.</summary>
    public static string? Line(JsonNode? value) => value is JsonArray or JsonObject ? value.ToJsonString() : value?.ToString();

    /// <summary>What people look for beside the status: who refused and why, or else how many tokens.</summary>
    public static string Gist(AuditEntry entry) =>
        entry.Summary ?? (entry.Details.GetValueOrDefault("input_tokens") is { } sent && entry.Details.GetValueOrDefault("output_tokens") is { } received
            ? $"{sent} in, {received} out"
            : "");

    /// <summary>The cost in dollars. Nothing for what has none, such as a hook decision or a call under way.</summary>
    public static string Cost(AuditEntry entry) => entry switch
    {
        { CostMicrodollars: { } cost } => (cost / 1_000_000m).ToString("$0.000000", CultureInfo.InvariantCulture),
        _ when entry.Details.GetValueOrDefault("cost_unknown") is true => "unknown",
        _ => "",
    };

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        short number => JsonValue.Create(number),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        decimal number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        Guid id => JsonValue.Create(id.ToString()),
        DateTimeOffset time => JsonValue.Create(Moment(time)),
        DateTime time => JsonValue.Create(time.ToUniversalTime().ToString(Time, CultureInfo.InvariantCulture)),
        JsonElement { ValueKind: JsonValueKind.Array } array => JsonArray.Create(array),
        JsonElement { ValueKind: JsonValueKind.Object } map => JsonObject.Create(map),
        JsonElement element => JsonValue.Create(element),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
