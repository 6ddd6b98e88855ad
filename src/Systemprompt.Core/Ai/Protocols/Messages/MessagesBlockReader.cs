using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads content of the Messages format: a string, or blocks.</summary>
internal static class MessagesBlockReader
{
    /// <summary>Content that can hold text only.</summary>
    public static IReadOnlyList<ChatBlock> Texts(JsonPlace content) => content.Kind == JsonValueKind.String ? [new TextBlock(content.Text())]
        : [.. content.Items().Select(block => Type(block) == "text" ? Text(block) : throw block.Find("type")!.Fault("must be text"))];

    /// <summary>What somebody said.</summary>
    public static IReadOnlyList<ChatBlock> Blocks(JsonPlace content, ChatRole role) => content.Kind == JsonValueKind.String
        ? [new TextBlock(content.Text())]
        : [.. content.Items().SelectMany(block => Block(block, role))];

    public static ChatCache? Cache(JsonPlace place)
    {
        if (place.Find("cache_control") is not { } cache) return null;
        if (cache.Text("type") is not (null or "ephemeral")) throw cache.Find("type")!.Fault("must be ephemeral");
        return cache.Text("ttl") switch
        {
            null or "5m" => new ChatCache(false, cache.Path),
            "1h" => new ChatCache(true, cache.Path),
            _ => throw cache.Find("ttl")!.Fault("must be 5m or 1h"),
        };
    }

    private static IEnumerable<ChatBlock> Block(JsonPlace block, ChatRole role)
    {
        switch (Type(block))
        {
            case "tool_use" when role == ChatRole.Assistant:
                return [new ToolUseBlock(block.NeedText("id"), block.NeedText("name"), block.Find("input")?.Raw() ?? "{}") { Cache = Cache(block) }];
            case "tool_result" when role == ChatRole.User:
                return [Result(block)];
            case "thinking" when role == ChatRole.Assistant:
                return [new ThinkingBlock(block.Text("thinking") ?? "", block.Text("signature") is { Length: > 0 } signature ? signature : null)];
            case "redacted_thinking" when role == ChatRole.Assistant:
                return [new RedactedThinkingBlock(block.NeedText("data"))];
            // What stands for a conversation that was shortened.
            case "compaction":
                return [new TextBlock(block.Text("content") ?? "") { Cache = Cache(block) }];
            default:
                return Plain(block);
        }
    }

    /// <summary>What both sides and tools can say.</summary>
    private static IEnumerable<ChatBlock> Plain(JsonPlace block)
    {
        switch (Type(block))
        {
            case "text":
                return [Text(block)];
            case "image":
                return [Image(block)];
            case "document":
                return Document(block);
            case "search_result":
                return [new TextBlock($"{block.Text("title")}\n{block.Text("source")}\n{Joined(block.Items("content"))}") { Cache = Cache(block) }];
            // A search among tools found one. It stands in the request's tools anyway, as all of them do in other protocols.
            case "tool_reference":
                return [new TextBlock($"Tool {block.NeedText("tool_name")} is available.") { Cache = Cache(block) }];
            case var type when type is "server_tool_use" or "mcp_tool_use" or "container_upload" || type.EndsWith("_tool_result", StringComparison.Ordinal):
                throw Foreign(block, type);
            case var type:
                throw block.Find("type")!.Fault($"{JsonPlace.Word(type)} cannot stand here, or is unknown");
        }
    }

    private static ConversionException Foreign(JsonPlace block, string type) =>
        block.Find("type")!.Fault($"{JsonPlace.Word(type)} belongs to what runs at Anthropic only, and the provider speaks another protocol");

    private static ToolResultBlock Result(JsonPlace block)
    {
        IReadOnlyList<ChatBlock> content = block.Find("content") switch
        {
            null => [],
            { Kind: JsonValueKind.String } text => [new TextBlock(text.Text())],
            var blocks => [.. blocks.Items().SelectMany(Plain)],
        };
        return new ToolResultBlock(block.NeedText("tool_use_id"), content, block.Flag("is_error") ?? false) { Cache = Cache(block) };
    }

    private static TextBlock Text(JsonPlace block) => new(block.NeedText("text")) { Cache = Cache(block) };

    private static ImageBlock Image(JsonPlace block)
    {
        var source = block.Need("source");
        return Type(source) switch
        {
            "base64" => new ImageBlock(source.NeedText("media_type"), source.NeedText("data"), null) { Cache = Cache(block) },
            "url" => new ImageBlock(null, null, source.NeedText("url")) { Cache = Cache(block) },
            _ => throw NotHere(source),
        };
    }

    private static IEnumerable<ChatBlock> Document(JsonPlace block)
    {
        var source = block.Need("source");
        var (title, cache) = (block.Text("title"), Cache(block));
        switch (Type(source))
        {
            case "base64":
                return [new DocumentBlock(source.NeedText("media_type"), source.NeedText("data"), null, title) { Cache = cache }];
            case "url":
                return [new DocumentBlock(null, null, source.NeedText("url"), title) { Cache = cache }];
            case "text":
                return [new TextBlock(Titled(title, source.NeedText("data"))) { Cache = cache }];
            case "content" when source.Need("content") is { Kind: JsonValueKind.String } text:
                return [new TextBlock(Titled(title, text.Text())) { Cache = cache }];
            case "content":
                List<ChatBlock> parts = [.. source.Need("content").Items().Select(part => Type(part) == "image" ? (ChatBlock)Image(part) : Text(part))];
                if (title is not null) parts.Insert(0, new TextBlock(title));
                if (cache is not null && parts.Count > 0) parts[^1] = parts[^1] with { Cache = cache };
                return parts;
            default:
                throw NotHere(source);
        }
    }

    private static ConversionException NotHere(JsonPlace source) =>
        source.Find("type")!.Fault($"{JsonPlace.Word(Type(source))} is kept at Anthropic only, or is unknown, and the provider speaks another protocol");

    private static string Titled(string? title, string text) => title is null ? text : $"{title}\n\n{text}";

    private static string Joined(IEnumerable<JsonPlace> texts) => string.Join('\n', texts.Select(text => text.Text("text")));

    private static string Type(JsonPlace block) => block.NeedText("type");
}
