using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads the items of the Responses format into turns: what one side's items say in a row is one turn.</summary>
internal static class ResponsesItemReader
{
    public static void Read(JsonPlace item, List<ChatBlock> system, List<ChatTurn> turns)
    {
        switch (item.Text("type"))
        {
            case null or "message":
                Message(item, system, turns);
                break;
            case "function_call":
                Add(turns, ChatRole.Assistant, [new ToolUseBlock(item.NeedText("call_id"), ResponsesNames.Join(item.Text("namespace"), item.Need("name")), item.Text("arguments") ?? "")]);
                break;
            case "function_call_output":
                Add(turns, ChatRole.User, [new ToolResultBlock(item.NeedText("call_id"), Content(item.Find("output")), IsError: false)]);
                break;
            case "reasoning":
                Add(turns, ChatRole.Assistant, [Reasoning(item)]);
                break;
            case "item_reference":
                throw item.Find("type")!.Fault("item_reference refers to what OpenAI stores, and nothing is stored here; send the item itself");
            case var other:
                throw item.Find("type")!.Fault($"{JsonPlace.Word(other)} belongs to what runs at OpenAI only, or is unknown, and the provider speaks another protocol");
        }
    }

    private static void Message(JsonPlace item, List<ChatBlock> system, List<ChatTurn> turns)
    {
        var role = item.Need("role");
        var content = Content(item.Find("content"));
        switch (role.Text())
        {
            case "system" or "developer" when turns.Count == 0:
                system.AddRange(content);
                break;
            case "system" or "developer":
                turns.Add(new ChatTurn(ChatRole.System, content));
                break;
            case "user":
                Add(turns, ChatRole.User, content);
                break;
            case "assistant":
                Add(turns, ChatRole.Assistant, content);
                break;
            default:
                throw role.Fault("must be system, developer, user or assistant");
        }
    }

    private static void Add(List<ChatTurn> turns, ChatRole role, IReadOnlyList<ChatBlock> blocks)
    {
        if (turns.Count > 0 && turns[^1].Role == role) turns[^1] = new ChatTurn(role, [.. turns[^1].Blocks, .. blocks]);
        else turns.Add(new ChatTurn(role, blocks));
    }

    private static ChatBlock Reasoning(JsonPlace item)
    {
        var proof = item.Text("encrypted_content");
        if (proof is not null && Signatures.Own(proof, ResponsesItem.Redacted) is { } data) return new RedactedThinkingBlock(data);
        return new ThinkingBlock(string.Join("\n\n", item.Items("summary").Concat(item.Items("content")).Select(part => part.Text("text"))), proof);
    }

    private static List<ChatBlock> Content(JsonPlace? content) => content switch
    {
        null => [],
        { Kind: JsonValueKind.String } text => [new TextBlock(text.Text())],
        var parts => [.. parts.Items().Select(Part)],
    };

    private static ChatBlock Part(JsonPlace part)
    {
        var type = part.Need("type");
        if (part.Find("file_id") is { } kept) throw kept.Fault("is kept at OpenAI only, and the provider speaks another protocol");
        return type.Text() switch
        {
            "input_text" or "output_text" or "text" => new TextBlock(part.NeedText("text")),
            "refusal" => new TextBlock(part.NeedText("refusal")),
            "input_image" => ChatWords.Image(part.Need("image_url")),
            "input_file" when part.Text("file_url") is { } url => new DocumentBlock(null, null, url, part.Text("filename")),
            "input_file" => ChatWords.File(part.Need("file_data"), part.Text("filename")),
            var other => throw type.Fault($"{JsonPlace.Word(other)} cannot be had from this provider, or is unknown"),
        };
    }
}
