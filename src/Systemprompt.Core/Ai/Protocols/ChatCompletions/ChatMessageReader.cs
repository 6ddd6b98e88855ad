using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads the messages of the Chat Completions format into turns: what tools answered one after the other is one turn of the user.</summary>
internal static class ChatMessageReader
{
    public static void Read(JsonPlace message, List<ChatBlock> system, List<ChatTurn> turns)
    {
        var role = message.Need("role");
        switch (role.Text())
        {
            // Instructions before anything is said stand above the conversation.
            case "system" or "developer" when turns.Count == 0:
                system.AddRange(Marked(message, Content(message)));
                break;
            case "system" or "developer":
                turns.Add(new ChatTurn(ChatRole.System, Marked(message, Content(message))));
                break;
            case "user":
                turns.Add(new ChatTurn(ChatRole.User, Marked(message, Content(message))));
                break;
            case "assistant":
                turns.Add(new ChatTurn(ChatRole.Assistant, Marked(message, Assistant(message))));
                break;
            case "tool":
                var result = new ToolResultBlock(message.NeedText("tool_call_id"), Content(message), IsError: false) { Cache = MessagesBlockReader.Cache(message) };
                if (turns.Count > 0 && turns[^1] is { Role: ChatRole.User, Blocks: [ToolResultBlock, ..] } before) turns[^1] = before with { Blocks = [.. before.Blocks, result] };
                else turns.Add(new ChatTurn(ChatRole.User, [result]));
                break;
            case "function":
                throw role.Fault("function is out of use; send tool");
            default:
                throw role.Fault("must be system, developer, user, assistant or tool");
        }
    }

    private static List<ChatBlock> Content(JsonPlace message) => message.Find("content") switch
    {
        null => [],
        { Kind: JsonValueKind.String } text => [new TextBlock(text.Text())],
        var parts => [.. parts.Items().Select(Part)],
    };

    // Content that is a string has no part for a mark of prompt caching, so clients put it on the message: it stands behind the last that the message says.
    private static List<ChatBlock> Marked(JsonPlace message, List<ChatBlock> blocks)
    {
        if (MessagesBlockReader.Cache(message) is not { } cache) return blocks;
        var last = blocks.FindLastIndex(static block => block is not ThinkingBlock);
        if (last >= 0) blocks[last] = blocks[last] with { Cache = blocks[last].Cache ?? cache };
        return blocks;
    }

    private static List<ChatBlock> Assistant(JsonPlace message)
    {
        List<ChatBlock> blocks = [];
        if ((message.Text("reasoning_content") ?? message.Text("reasoning")) is { Length: > 0 } thinking) blocks.Add(new ThinkingBlock(thinking, null));
        if (message.Find("audio") is { } audio) throw audio.Fault("the provider takes text and images");
        if (message.Find("function_call") is { } old) throw old.Fault("is out of use; send tool_calls");
        blocks.AddRange(Content(message).Where(block => block is not TextBlock { Text: "" }));
        if (message.Text("refusal") is { Length: > 0 } refusal) blocks.Add(new TextBlock(refusal));
        blocks.AddRange(message.Items("tool_calls").Select(Call));
        return blocks;
    }

    private static ToolUseBlock Call(JsonPlace call)
    {
        if (call.Text("type") is not (null or "function")) throw call.Find("type")!.Fault("must be function");
        var function = call.Need("function");
        return new ToolUseBlock(call.NeedText("id"), function.NeedText("name"), function.Text("arguments") ?? "")
        {
            Cache = MessagesBlockReader.Cache(call),
            // Where Google's own form of this format has it.
            Signature = call.Find("extra_content") is { Kind: JsonValueKind.Object } extra && extra.Find("google") is { Kind: JsonValueKind.Object } google ? google.MaybeText("thought_signature") : null,
        };
    }

    private static ChatBlock Part(JsonPlace part)
    {
        var cache = MessagesBlockReader.Cache(part);
        var type = part.Need("type");
        switch (type.Text())
        {
            case "text":
                return new TextBlock(part.NeedText("text")) { Cache = cache };
            case "refusal":
                return new TextBlock(part.NeedText("refusal")) { Cache = cache };
            case "image_url":
                var image = part.Need("image_url");
                return ChatWords.Image(image.Need("url")) with { Cache = cache };
            case "file":
                var file = part.Need("file");
                if (file.Find("file_id") is { } kept) throw kept.Fault("is kept at OpenAI only, and the provider speaks another protocol");
                return ChatWords.File(file.Need("file_data"), file.Text("filename")) with { Cache = cache };
            default:
                throw type.Fault($"{JsonPlace.Word(type.Text())} cannot be had from this provider, or is unknown");
        }
    }
}
