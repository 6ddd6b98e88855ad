using System.Text;
using System.Text.Json;

namespace Systemprompt.Governance.Policies;

/// <summary>One tool call found in a payload. The input is its JSON, as written.</summary>
internal readonly record struct ToolUse(string Id, string Name, ReadOnlyMemory<byte> Input);

/// <summary>Finds tool calls in the payloads of the doors.</summary>
internal static class ToolUses
{
    /// <summary>The <c>tool_input</c> of a hook event, or empty.</summary>
    public static ReadOnlySpan<byte> HookInput(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
            var found = reader.ValueTextEquals("tool_input"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (found) return json[start..(int)reader.BytesConsumed];
        }

        return [];
    }

    /// <summary>Most requests hold no tool call at all, which a vectorised search tells.</summary>
    public static bool MayHoldAny(ReadOnlySpan<byte> json) => json.IndexOf("\"tool_use\""u8) >= 0 || json.IndexOf("\"tool_calls\""u8) >= 0 || json.IndexOf("_call\""u8) >= 0;

    /// <summary>
    /// The tool calls of a conversation in any of the three protocols, but for those whose result is an error. One that was turned down stands in the
    /// history for ever; judging it again would end the conversation for a tool that never ran. Only Anthropic's protocol says that of a result.
    /// </summary>
    public static IReadOnlyList<ToolUse> InConversation(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        var uses = new List<ToolUse>();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in Objects(document.RootElement, "messages"))
        {
            foreach (var block in Objects(message, "content")) OfMessages(block, uses, refused);
            foreach (var call in Objects(message, "tool_calls")) OfChat(call, uses);
            if (message.TryGetProperty("function_call", out var old) && old.ValueKind == JsonValueKind.Object) Add(uses, "", old);
        }

        foreach (var item in Objects(document.RootElement, "input")) OfResponses(item, uses);
        uses.RemoveAll(use => use.Id.Length > 0 && refused.Contains(use.Id));
        return uses;
    }

    private static void OfMessages(JsonElement block, List<ToolUse> uses, HashSet<string> refused)
    {
        if (Is(block, "type", "tool_use") && Text(block, "name") is { } name)
            uses.Add(new ToolUse(Text(block, "id") ?? "", name, Input(block, "input")));
        else if (Is(block, "type", "tool_result") && block.TryGetProperty("is_error", out var error) && error.ValueKind == JsonValueKind.True && Text(block, "tool_use_id") is { } id)
            refused.Add(id);
    }

    // {"id","type":"function","function":{"name","arguments"}}, or "custom" with "input".
    private static void OfChat(JsonElement call, List<ToolUse> uses)
    {
        foreach (var kind in (ReadOnlySpan<string>)["function", "custom"])
            if (call.TryGetProperty(kind, out var inner) && inner.ValueKind == JsonValueKind.Object) Add(uses, Text(call, "id") ?? "", inner);
    }

    // {"type":"function_call","name","arguments"}; calls of OpenAI's own tools, such as local_shell_call, have no name but their type.
    private static void OfResponses(JsonElement item, List<ToolUse> uses)
    {
        if (Text(item, "type") is not { } type || !type.EndsWith("_call", StringComparison.Ordinal)) return;
        var name = Text(item, "name") ?? type[..^"_call".Length];
        if (Text(item, "server_label") is { } server) name = $"mcp__{server}__{name}";
        else if (Text(item, "namespace") is { } space) name = $"{space.TrimEnd('_')}__{name}";
        uses.Add(new ToolUse(Text(item, "call_id") ?? "", name, Input(item, "arguments", "input", "action", "operation")));
    }

    private static void Add(List<ToolUse> uses, string id, JsonElement call)
    {
        if (Text(call, "name") is { } name) uses.Add(new ToolUse(id, name, Input(call, "arguments", "input")));
    }

    /// <summary>The input as JSON. OpenAI writes it as a text that holds JSON; one that does not is kept as a text.</summary>
    private static ReadOnlyMemory<byte> Input(JsonElement call, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!call.TryGetProperty(name, out var input)) continue;
            if (input.ValueKind == JsonValueKind.String && Text(call, name) is { Length: > 0 } text && Encoding.UTF8.GetBytes(text) is var json && IsJson(json)) return json;
            return Encoding.UTF8.GetBytes(input.GetRawText());
        }

        return default;
    }

    private static bool IsJson(byte[] text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<JsonElement> Objects(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    private static bool Is(JsonElement block, string name, string value) =>
        block.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String && found.ValueEquals(value);

    /// <summary>A string that cannot be decoded (a lone surrogate) counts as absent text but not as an absent block.</summary>
    private static string? Text(JsonElement block, string name)
    {
        if (!block.TryGetProperty(name, out var found) || found.ValueKind != JsonValueKind.String) return null;
        try
        {
            return found.GetString();
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }
}
