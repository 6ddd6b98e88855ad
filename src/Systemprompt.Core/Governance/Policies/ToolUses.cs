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
    public static bool MayHoldAny(ReadOnlySpan<byte> json) =>
        json.IndexOf("tool_use\""u8) >= 0 || json.IndexOf("\"tool_calls\""u8) >= 0 || json.IndexOf("_call\""u8) >= 0 || DecodedJson.MayHoldWords(json);

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
        if (block.Span[0] != '{' || (block.Span.IndexOf("tool_use\""u8) < 0 && block.Span.IndexOf("\"is_error\""u8) < 0 && !DecodedJson.MayHoldWords(block.Span))) return;
        using var document = JsonDocument.Parse(block, Deep);
        var root = document.RootElement;
        switch (DecodedJson.Text(root, "type"u8))
        {
            // What the provider's side runs is a call as well: server_tool_use, and mcp_tool_use by its server.
            case "tool_use" or "server_tool_use" or "mcp_tool_use" when DecodedJson.Text(root, "name"u8) is { } name:
                if (DecodedJson.Text(root, "server_name"u8) is { } server) name = $"mcp__{server}__{name}";
                uses.Add(new ToolUse(DecodedJson.Text(root, "id"u8) ?? "", name, Input(root, "input")));
                break;
            case "tool_result" or "mcp_tool_result" when DecodedJson.Find(root, "is_error"u8, out var error) && error.ValueKind == JsonValueKind.True && DecodedJson.Text(root, "tool_use_id"u8) is { } id:
                refused.Add(id);
                break;
        }
    }

    // {"id","type":"function","function":{"name","arguments"}}, or "custom" with "input".
    private static void OfChat(ReadOnlyMemory<byte> call, List<ToolUse> uses)
    {
        if (call.Span[0] != '{') return;
        using var document = JsonDocument.Parse(call, Deep);
        var id = DecodedJson.Text(document.RootElement, "id"u8) ?? "";
        if (DecodedJson.Find(document.RootElement, "function"u8, out var function)) Add(uses, id, function);
        if (DecodedJson.Find(document.RootElement, "custom"u8, out var custom)) Add(uses, id, custom);
    }

    private static void OfFunction(ReadOnlyMemory<byte> call, List<ToolUse> uses)
    {
        using var document = JsonDocument.Parse(call, Deep);
        Add(uses, "", document.RootElement);
    }

    // {"type":"function_call","name","arguments"}; OpenAI's own tools, such as local_shell_call, go by their type, and by a name that is put beside it.
    private static void OfResponses(ReadOnlyMemory<byte> part, List<ToolUse> uses)
    {
        if (part.Span[0] != '{' || (part.Span.IndexOf("_call\""u8) < 0 && !DecodedJson.MayHoldWords(part.Span))) return;
        using var document = JsonDocument.Parse(part, Deep);
        var item = document.RootElement;
        if (DecodedJson.Text(item, "type"u8) is not { } type || !type.EndsWith("_call", StringComparison.Ordinal)) return;
        var own = type[..^"_call".Length];
        var (name, id, input) = (DecodedJson.Text(item, "name"u8), DecodedJson.Text(item, "call_id"u8) ?? "", Input(item, "arguments", "input", "action", "operation"));
        if (name is null || own is not ("function" or "custom_tool" or "mcp")) uses.Add(new ToolUse(id, own, input));
        if (name is not null) uses.Add(new ToolUse(id, Spelled(item, name), input));
    }

    /// <summary>The name of a call in the Responses protocol as patterns spell it: with its server or its namespace, which stand beside it.</summary>
    public static string Spelled(JsonElement call, string name) =>
        DecodedJson.Text(call, "server_label"u8) is { } server ? $"mcp__{server}__{name}"
        : DecodedJson.Text(call, "namespace"u8) is { } space ? $"{space.TrimEnd('_')}__{name}"
        : name;

    private static void Add(List<ToolUse> uses, string id, JsonElement call)
    {
        if (DecodedJson.Text(call, "name"u8) is { } name) uses.Add(new ToolUse(id, name, Input(call, "arguments", "input")));
    }

    /// <summary>The input as JSON; of several, which no client writes, a list of all. OpenAI writes it as a text that holds JSON; one that does not is kept as a text.</summary>
    private static ReadOnlyMemory<byte> Input(JsonElement call, params ReadOnlySpan<string> names)
    {
        var all = new List<byte[]>(1);
        foreach (var name in names)
            if (DecodedJson.Find(call, Encoding.ASCII.GetBytes(name), out var input) && input.ValueKind != JsonValueKind.Null) all.Add(Json(input));
        return all.Count switch
        {
            0 => default,
            1 => all[0],
            _ => (byte[])[(byte)'[', .. all.SelectMany(static (each, at) => at == 0 ? each : [(byte)',', .. each]), (byte)']'],
        };
    }

    private static byte[] Json(JsonElement input) =>
        DecodedJson.Text(input) is { Length: > 0 } text && Encoding.UTF8.GetBytes(text) is var json && IsJson(json) ? json : JsonMarshal.GetRawUtf8Value(input).ToArray();

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
}
