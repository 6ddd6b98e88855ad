using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Policies;

/// <summary>One tool call found in a payload. The input is its JSON, as written.</summary>
internal readonly record struct ToolUse(string Id, string Name, ReadOnlyMemory<byte> Input);

/// <summary>Finds tool calls in the payloads of the doors, which have found them well-formed. Only what is or may be a call is read; the rest is passed over.</summary>
internal static class ToolUses
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    /// <summary>The <c>tool_input</c> of a hook event, or empty.</summary>
    public static ReadOnlySpan<byte> HookInput(ReadOnlySpan<byte> json)
    {
        for (var members = ValidJson.In(json); members.MoveNext();)
            if (DecodedJson.Is(members.Name, "tool_input"u8)) return json[members.Start..members.End];
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
        var uses = new List<ToolUse>();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        for (var members = ValidJson.In(json.Span); members.MoveNext();)
        {
            if (members.Kind != '[') continue;
            var parts = members.Inside();
            if (DecodedJson.Is(members.Name, "messages"u8))
                while (parts.MoveNext()) OfMessage(json, ref parts, uses, refused);
            else if (DecodedJson.Is(members.Name, "input"u8))
                while (parts.MoveNext()) OfResponses(json[parts.Start..parts.End], uses);
            else
                continue;
            members.Leave(parts);
        }

        uses.RemoveAll(use => use.Id.Length > 0 && refused.Contains(use.Id));
        return uses;
    }

    private static void OfMessage(ReadOnlyMemory<byte> json, ref ValidJson.Items messages, List<ToolUse> uses, HashSet<string> refused)
    {
        if (messages.Kind != '{') return;
        var members = messages.Inside();
        while (members.MoveNext())
        {
            if (members.Kind == '[' && DecodedJson.Is(members.Name, "content"u8))
            {
                var blocks = members.Inside();
                while (blocks.MoveNext()) OfBlock(json[blocks.Start..blocks.End], uses, refused);
                members.Leave(blocks);
            }
            else if (members.Kind == '[' && DecodedJson.Is(members.Name, "tool_calls"u8))
            {
                var calls = members.Inside();
                while (calls.MoveNext()) OfChat(json[calls.Start..calls.End], uses);
                members.Leave(calls);
            }
            else if (members.Kind == '{' && DecodedJson.Is(members.Name, "function_call"u8))
            {
                OfFunction(json[members.Start..members.End], uses);
            }
        }

        messages.Leave(members);
    }

    private static void OfBlock(ReadOnlyMemory<byte> block, List<ToolUse> uses, HashSet<string> refused)
    {
        // Most bytes of a conversation are texts and results.
        if (block.Span[0] != '{' || (block.Span.IndexOf("\"tool_use\""u8) < 0 && block.Span.IndexOf("\"is_error\""u8) < 0)) return;
        using var document = JsonDocument.Parse(block, Deep);
        var root = document.RootElement;
        if (Is(root, "type", "tool_use") && Text(root, "name") is { } name)
            uses.Add(new ToolUse(Text(root, "id") ?? "", name, Input(root, "input")));
        else if (Is(root, "type", "tool_result") && root.TryGetProperty("is_error", out var error) && error.ValueKind == JsonValueKind.True && Text(root, "tool_use_id") is { } id)
            refused.Add(id);
    }

    // {"id","type":"function","function":{"name","arguments"}}, or "custom" with "input".
    private static void OfChat(ReadOnlyMemory<byte> call, List<ToolUse> uses)
    {
        if (call.Span[0] != '{') return;
        using var document = JsonDocument.Parse(call, Deep);
        foreach (var kind in (ReadOnlySpan<string>)["function", "custom"])
            if (document.RootElement.TryGetProperty(kind, out var inner) && inner.ValueKind == JsonValueKind.Object) Add(uses, Text(document.RootElement, "id") ?? "", inner);
    }

    private static void OfFunction(ReadOnlyMemory<byte> call, List<ToolUse> uses)
    {
        using var document = JsonDocument.Parse(call, Deep);
        Add(uses, "", document.RootElement);
    }

    // {"type":"function_call","name","arguments"}; calls of OpenAI's own tools, such as local_shell_call, have no name but their type.
    private static void OfResponses(ReadOnlyMemory<byte> part, List<ToolUse> uses)
    {
        if (part.Span[0] != '{' || part.Span.IndexOf("_call\""u8) < 0) return;
        using var document = JsonDocument.Parse(part, Deep);
        var item = document.RootElement;
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
            return JsonMarshal.GetRawUtf8Value(input).ToArray();
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
