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

    /// <summary>
    /// The tool calls of a conversation whose result is no error. One that was turned down stands in the history for ever; judging it
    /// again would end the conversation for a tool that never ran.
    /// </summary>
    public static IReadOnlyList<ToolUse> InConversation(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array) return [];
        var uses = new List<ToolUse>();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (var block in Blocks(messages))
        {
            if (Is(block, "type", "tool_use") && Text(block, "name") is { } name)
                uses.Add(new ToolUse(Text(block, "id") ?? "", name, block.TryGetProperty("input", out var input) ? System.Text.Encoding.UTF8.GetBytes(input.GetRawText()) : default));
            else if (Is(block, "type", "tool_result") && block.TryGetProperty("is_error", out var error) && error.ValueKind == JsonValueKind.True && Text(block, "tool_use_id") is { } id)
                refused.Add(id);
        }

        uses.RemoveAll(use => refused.Contains(use.Id));
        return uses;
    }

    private static IEnumerable<JsonElement> Blocks(JsonElement messages)
    {
        foreach (var message in messages.EnumerateArray())
            if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array)
                foreach (var block in content.EnumerateArray())
                    if (block.ValueKind == JsonValueKind.Object) yield return block;
    }

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
