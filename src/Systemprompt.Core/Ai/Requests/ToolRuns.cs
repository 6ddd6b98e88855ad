using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Finds the results of tools at the end of a conversation: those that ran since the request before. Only the last messages are read; what a client claims of
/// them is recorded as a claim.
/// </summary>
internal static class ToolRuns
{
    // A model that calls more at once is not known; what comes after is not recorded.
    public const int Most = 64;
    private const int LongestName = 128;

    /// <summary>The results as JSON, <c>[{"id","tool"}]</c>; null when there are none.</summary>
    /// <param name="body">The body.</param>
    /// <param name="parts">Where the last parts of its conversation stand.</param>
    public static byte[]? Newest(ReadOnlySpan<byte> body, ReadOnlySpan<Range> parts)
    {
        // Most requests hold no result at all, which a vectorised search tells.
        if (body.IndexOf("\"tool_result\""u8) < 0 && body.IndexOf("_call_output\""u8) < 0 && body.IndexOf("\"tool_call_id\""u8) < 0) return null;
        if (parts.IsEmpty) return null;
        var (names, ran) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        var (at, inResults) = (parts.Length - 1, false);
        for (; at >= 0; at--)
        {
            using var part = Part(body, parts[at]);
            if (Results(part.RootElement, ran)) inResults = true;
            // A person may have said something behind the results.
            else if (inResults || Text(part.RootElement, "role") is not ("user" or "system" or "developer")) break;
        }

        if (ran.Count == 0) return null;
        for (; at >= 0; at--)
        {
            using var part = Part(body, parts[at]);
            if (!Calls(part.RootElement, names)) break;
        }

        return Write(ran, names);
    }

    private static JsonDocument Part(ReadOnlySpan<byte> body, Range part) =>
        JsonDocument.Parse(body[part].ToArray(), new JsonDocumentOptions { MaxDepth = RequestHeadReader.MaxDepth });

    /// <summary>Whether the part holds results of tools; whose.</summary>
    private static bool Results(JsonElement part, List<string> ran)
    {
        var found = false;
        if (Text(part, "type") is { } type && type.EndsWith("_call_output", StringComparison.Ordinal)) Add(Text(part, "call_id"));
        else if (Text(part, "role") == "tool") Add(Text(part, "tool_call_id"));
        foreach (var block in Objects(part, "content"))
            if (Text(block, "type") == "tool_result") Add(Text(block, "tool_use_id"));
        return found;

        void Add(string? id)
        {
            found = true;
            if (id is { Length: > 0 and <= LongestName } && ran.Count < Most && !ran.Contains(id)) ran.Add(id);
        }
    }

    /// <summary>Whether the part calls tools; their names.</summary>
    private static bool Calls(JsonElement part, Dictionary<string, string> names)
    {
        var count = names.Count;
        if (Text(part, "type") is { } type && type.EndsWith("_call", StringComparison.Ordinal)) Add(Text(part, "call_id"), Text(part, "name") ?? type[..^"_call".Length]);
        foreach (var block in Objects(part, "content"))
            if (Text(block, "type") == "tool_use") Add(Text(block, "id"), Text(block, "name"));
        foreach (var call in Objects(part, "tool_calls"))
            if (call.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object) Add(Text(call, "id"), Text(function, "name"));
        return names.Count > count;

        void Add(string? id, string? name)
        {
            if (id is not null && name is not null) names.TryAdd(id, name);
        }
    }

    private static byte[] Write(List<string> ran, Dictionary<string, string> names)
    {
        var output = new ArrayBufferWriter<byte>(64 * ran.Count);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var id in ran)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, Governance.RecordedText.Of(id));
                if (names.TryGetValue(id, out var name)) json.WriteString("tool"u8, Governance.RecordedText.Of(name.Length <= LongestName ? name : name[..LongestName]));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return output.WrittenSpan.ToArray();
    }

    private static IEnumerable<JsonElement> Objects(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private static string? Text(JsonElement part, string name)
    {
        if (!part.TryGetProperty(name, out var found) || found.ValueKind != JsonValueKind.String) return null;
        try
        {
            return found.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair has no decoded form.
            return null;
        }
    }
}
