namespace Systemprompt.Ai;

/// <summary>
/// Reads a request of OpenAI's Chat Completions format. What only steers chance, storing or caching (seed, penalties, store, metadata,
/// prompt_cache_key) is ignored; what would change the answer's form and cannot be had elsewhere is refused.
/// </summary>
internal static class ChatRequestReader
{
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfClient(body);
        var root = JsonPlace.Root(document.RootElement);
        Refuse(root);
        List<ChatBlock> system = [];
        List<ChatTurn> turns = [];
        foreach (var message in root.Need("messages").Items()) ChatMessageReader.Read(message, system, turns);
        return new ChatRequest
        {
            Model = root.NeedText("model"),
            System = system,
            Turns = turns,
            Tools = [.. root.Items("tools").Select(Tool)],
            ToolChoice = Choice(root.Find("tool_choice")),
            ParallelTools = root.Flag("parallel_tool_calls"),
            MaxTokens = root.Whole("max_completion_tokens") ?? root.Whole("max_tokens"),
            Temperature = root.Number("temperature"),
            TopP = root.Number("top_p"),
            TopK = root.Whole("top_k"),
            Stop = root.Find("stop") switch
            {
                null => [],
                { Kind: System.Text.Json.JsonValueKind.String } stop => [stop.Text()],
                var stops => [.. stops.Items().Select(stop => stop.Text())],
            },
            Stream = root.Flag("stream") ?? false,
            Thinking = root.Find("reasoning_effort") is { } effort ? ChatWords.Thinking(effort) : null,
            Format = root.Find("response_format") is { } format ? Format(format) : null,
            EndUser = root.Text("user") ?? root.Text("safety_identifier"),
            Cache = MessagesBlockReader.Cache(root),
        };
    }

    private static void Refuse(JsonPlace root)
    {
        if (root.Whole("n") is > 1) throw root.Find("n")!.Fault("the provider gives one answer a call");
        if (root.Flag("logprobs") == true) throw root.Find("logprobs")!.Fault("the provider tells no probabilities");
        if (root.Whole("top_logprobs") is > 0) throw root.Find("top_logprobs")!.Fault("the provider tells no probabilities");
        if (root.Find("audio") is { } audio) throw audio.Fault("the provider answers with text");
        foreach (var modality in root.Items("modalities"))
            if (modality.Text() != "text")
                throw modality.Fault("the provider answers with text");
        if (root.Find("functions") is { } functions) throw functions.Fault("is out of use; send tools");
        if (root.Find("function_call") is { } call) throw call.Fault("is out of use; send tool_choice");
        if (root.Find("web_search_options") is { } search) throw search.Fault("runs at OpenAI only, and the provider speaks another protocol");
    }

    private static ChatTool Tool(JsonPlace tool)
    {
        if (tool.NeedText("type") is not "function" and var type) throw tool.Find("type")!.Fault($"{JsonPlace.Word(type)} cannot be had from this provider, only function can");
        var function = tool.Need("function");
        return new ChatTool(function.NeedText("name"), function.Text("description"), function.Find("parameters")?.CopyObject() ?? ChatWords.NoInput, function.Flag("strict"))
        {
            Cache = MessagesBlockReader.Cache(tool),
        };
    }

    private static ChatToolChoice? Choice(JsonPlace? choice)
    {
        if (choice is null) return null;
        if (choice.Kind == System.Text.Json.JsonValueKind.String) return ChatWords.Choice(choice);
        if (choice.NeedText("type") != "function") throw choice.Find("type")!.Fault("must be function");
        return new ChatToolChoice(ChatToolMode.Named, choice.Need("function").NeedText("name"));
    }

    private static ChatFormat? Format(JsonPlace format)
    {
        var type = format.Need("type");
        switch (type.Text())
        {
            case "text":
                return null;
            case "json_object":
                return new ChatFormat(null, null, null);
            case "json_schema":
                var schema = format.Need("json_schema");
                return new ChatFormat(schema.Text("name"), schema.Need("schema").CopyObject(), schema.Flag("strict"));
            default:
                throw type.Fault("must be text, json_object or json_schema");
        }
    }
}
