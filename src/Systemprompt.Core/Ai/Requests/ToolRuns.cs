using System.Buffers;
using System.Text.Json;
using Systemprompt.Governance;
using Systemprompt.Governance.Policies;
using Systemprompt.Http.Bodies;

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

    // Below what an audit row keeps of a JSON (CopyTuple.DefaultMaxJsonBytes) by more than one result takes: a longer list would be no list any more.
    private const int MostBytes = 60 * 1024;

    /// <summary>The results as JSON, <c>[{"id","tool"}]</c>; null when there are none.</summary>
    /// <param name="body">The body.</param>
    /// <param name="parts">Where the last parts of its conversation stand.</param>
    public static byte[]? Newest(ReadOnlySpan<byte> body, ReadOnlySpan<Range> parts)
    {
        // Most requests hold no result at all, which a vectorised search tells.
        if (body.IndexOf("\"tool_result\""u8) < 0 && body.IndexOf("_call_output\""u8) < 0 && body.IndexOf("\"tool_call_id\""u8) < 0 && !DecodedJson.MayHoldWords(body)) return null;
        if (parts.IsEmpty) return null;
        var (names, ran) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        var (at, inResults) = (parts.Length - 1, false);
        for (; at >= 0; at--)
        {
            using var part = Part(body, parts[at]);
            if (Results(part.RootElement, ran)) inResults = true;
            // A person may have said something behind the results.
            else if (inResults || DecodedJson.Text(part.RootElement, "role"u8) is not ("user" or "system" or "developer")) break;
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
        if (DecodedJson.Text(part, "type"u8) is { } type && type.EndsWith("_call_output", StringComparison.Ordinal)) Add(DecodedJson.Text(part, "call_id"u8));
        else if (DecodedJson.Text(part, "role"u8) == "tool") Add(DecodedJson.Text(part, "tool_call_id"u8));
        foreach (var block in Objects(part, "content"u8))
            if (DecodedJson.Text(block, "type"u8) == "tool_result") Add(DecodedJson.Text(block, "tool_use_id"u8));
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
        if (DecodedJson.Text(part, "type"u8) is { } type && type.EndsWith("_call", StringComparison.Ordinal)) Add(DecodedJson.Text(part, "call_id"u8), DecodedJson.Text(part, "name"u8) is { } plain ? ToolUses.Spelled(part, plain) : type[..^"_call".Length]);
        foreach (var block in Objects(part, "content"u8))
            if (DecodedJson.Text(block, "type"u8) == "tool_use") Add(DecodedJson.Text(block, "id"u8), DecodedJson.Text(block, "name"u8));
        foreach (var call in Objects(part, "tool_calls"u8))
            if (DecodedJson.Find(call, "function"u8, out var function)) Add(DecodedJson.Text(call, "id"u8), DecodedJson.Text(function, "name"u8));
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
                if (json.BytesCommitted + json.BytesPending > MostBytes) break;
                json.WriteStartObject();
                json.WriteString("id"u8, RecordedText.Of(id));
                // Cut only behind the search: half a credential is not found.
                if (names.TryGetValue(id, out var name)) json.WriteString("tool"u8, Cut(RecordedText.Of(name)!));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return output.WrittenSpan.ToArray();
    }

    private static string Cut(string name) => name.Length <= LongestName ? name : name[..LongestName];

    private static IEnumerable<JsonElement> Objects(JsonElement parent, ReadOnlySpan<byte> name) =>
        DecodedJson.Find(parent, name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];
}
