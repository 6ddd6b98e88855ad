namespace Systemprompt.Ai;

/// <summary>
/// Reads a request of Anthropic's Messages format. Fields that change nothing of what is said (context_management, service_tier, betas and whatever
/// comes next) are ignored; what only Anthropic can do is refused, with its place.
/// </summary>
internal static class MessagesRequestReader
{
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfClient(body);
        var root = JsonPlace.Root(document.RootElement);
        RefuseAnthropicsOwn(root);
        var choice = MessagesToolReader.Choice(root.Find("tool_choice"), out var parallel);
        return new ChatRequest
        {
            Model = root.NeedText("model"),
            System = root.Find("system") is { } system ? MessagesBlockReader.Texts(system) : [],
            Turns = [.. root.Need("messages").Items().Select(Turn)],
            Tools = [.. root.Items("tools").Select(MessagesToolReader.Tool)],
            ToolChoice = choice,
            ParallelTools = parallel,
            MaxTokens = root.Whole("max_tokens"),
            Temperature = root.Number("temperature"),
            TopP = root.Number("top_p"),
            TopK = root.Whole("top_k"),
            Stop = [.. root.Items("stop_sequences").Select(stop => stop.Text())],
            Stream = root.Flag("stream") ?? false,
            Thinking = Thinking(root),
            Format = Format(root),
            EndUser = root.Find("metadata")?.Text("user_id"),
            Cache = MessagesBlockReader.Cache(root),
        };
    }

    private static void RefuseAnthropicsOwn(JsonPlace root)
    {
        if (root.Find("mcp_servers") is { } servers && servers.Items().Any()) throw servers.Fault("are called at Anthropic only, and the provider speaks another protocol");
        if (root.Find("container") is { } container) throw container.Fault("is kept at Anthropic only, and the provider speaks another protocol");
    }

    private static ChatTurn Turn(JsonPlace message)
    {
        var role = message.Need("role");
        var content = message.Need("content");
        return role.Text() switch
        {
            "user" => new ChatTurn(ChatRole.User, MessagesBlockReader.Blocks(content, ChatRole.User)),
            "assistant" => new ChatTurn(ChatRole.Assistant, MessagesBlockReader.Blocks(content, ChatRole.Assistant)),
            // Claude Code sends these in the middle of a conversation.
            "system" => new ChatTurn(ChatRole.System, MessagesBlockReader.Texts(content)),
            _ => throw role.Fault("must be user, assistant or system"),
        };
    }

    private static ChatThinking? Thinking(JsonPlace root)
    {
        var effort = root.Find("output_config")?.Find("effort") is { } word ? Effort(word) : null;
        if (root.Find("thinking") is not { } thinking) return effort is null ? null : new ChatThinking(false, null, effort);
        var type = thinking.Need("type");
        return type.Text() switch
        {
            "enabled" => new ChatThinking(false, thinking.Whole("budget_tokens"), effort),
            "adaptive" => new ChatThinking(false, null, effort),
            "disabled" => new ChatThinking(true, null, effort),
            _ => throw type.Fault("must be enabled, adaptive or disabled"),
        };
    }

    private static string Effort(JsonPlace word) => word.Text() is "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"
        ? word.Text()
        : throw word.Fault("must be low, medium, high, xhigh or max");

    private static ChatFormat? Format(JsonPlace root)
    {
        // The second is the name it had while it was in beta.
        if ((root.Find("output_config")?.Find("format") ?? root.Find("output_format")) is not { } format) return null;
        var type = format.Need("type");
        if (type.Text() != "json_schema") throw type.Fault("must be json_schema");
        return new ChatFormat(format.Text("name"), format.Need("schema").CopyObject(), true);
    }
}

/// <summary>Reads tools and the choice between them.</summary>
internal static class MessagesToolReader
{
    // Whatever their version: their names end with a date.
    private static readonly string[] RunAtAnthropic = ["web_search", "web_fetch", "code_execution", "tool_search", "mcp_toolset", "advisor"];

    public static ChatTool Tool(JsonPlace tool)
    {
        if (tool.Find("type") is { } type && type.Text() is not "custom" and var kind)
        {
            var what = RunAtAnthropic.Any(name => kind.StartsWith(name, StringComparison.Ordinal)) ? "runs at Anthropic only" : "is known to Anthropic's models only";
            throw type.Fault($"{JsonPlace.Word(kind)} {what}, and the provider speaks another protocol");
        }

        return new ChatTool(tool.NeedText("name"), tool.Text("description"), tool.Need("input_schema").CopyObject(), tool.Flag("strict")) { Cache = MessagesBlockReader.Cache(tool) };
    }

    public static ChatToolChoice? Choice(JsonPlace? choice, out bool? parallel)
    {
        parallel = null;
        if (choice is null) return null;
        if (choice.Flag("disable_parallel_tool_use") is { } disabled) parallel = !disabled;
        var type = choice.Need("type");
        return type.Text() switch
        {
            "auto" => new ChatToolChoice(ChatToolMode.Auto),
            "any" => new ChatToolChoice(ChatToolMode.Required),
            "none" => new ChatToolChoice(ChatToolMode.None),
            "tool" => new ChatToolChoice(ChatToolMode.Named, choice.NeedText("name")),
            _ => throw type.Fault("must be auto, any, none or tool"),
        };
    }
}
