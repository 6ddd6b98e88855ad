using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a request of OpenAI's Responses format. Nothing is stored here: what refers to something stored is refused, and <c>store</c> itself, which a
/// client cannot see the effect of within a call, is ignored like what steers caching.
/// </summary>
internal static class ResponsesRequestReader
{
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfClient(body);
        var root = JsonPlace.Root(document.RootElement);
        foreach (var stored in new[] { "previous_response_id", "conversation", "prompt" })
            if (root.Find(stored) is { } reference)
                throw reference.Fault("refers to what OpenAI stores, and nothing is stored here; send the whole conversation");
        if (root.Flag("background") == true) throw root.Find("background")!.Fault("needs an answer that is stored, and nothing is stored here");
        if (root.Whole("top_logprobs") is > 0) throw root.Find("top_logprobs")!.Fault("the provider tells no probabilities");
        List<ChatBlock> system = root.Text("instructions") is { Length: > 0 } instructions ? [new TextBlock(instructions)] : [];
        List<ChatTurn> turns = [];
        var input = root.Need("input");
        if (input.Kind == JsonValueKind.String) turns.Add(new ChatTurn(ChatRole.User, [new TextBlock(input.Text())]));
        else
            foreach (var item in input.Items())
                ResponsesItemReader.Read(item, system, turns);
        return new ChatRequest
        {
            Model = root.NeedText("model"),
            System = system,
            Turns = turns,
            Tools = [.. root.Items("tools").SelectMany(tool => Tools(tool, null))],
            ToolChoice = Choice(root.Find("tool_choice")),
            ParallelTools = root.Flag("parallel_tool_calls"),
            MaxTokens = root.Whole("max_output_tokens"),
            Temperature = root.Number("temperature"),
            TopP = root.Number("top_p"),
            Stream = root.Flag("stream") ?? false,
            Thinking = root.Find("reasoning") is { } reasoning ? Thinking(reasoning) : null,
            Format = root.Find("text")?.Find("format") is { } format ? Format(format) : null,
            EndUser = root.Text("user") ?? root.Text("safety_identifier"),
        };
    }

    private static ChatThinking? Thinking(JsonPlace reasoning) => reasoning.Find("effort") is { } effort ? ChatWords.Thinking(effort) : null;

    private static IEnumerable<ChatTool> Tools(JsonPlace tool, string? space)
    {
        var type = tool.Need("type");
        switch (type.Text())
        {
            case "function":
                return [new ChatTool(ResponsesNames.Join(space, tool.Need("name")), tool.Text("description"), tool.Find("parameters")?.CopyObject() ?? ChatWords.NoInput, tool.Flag("strict"))];
            // One step deep: no namespace stands in another.
            case "namespace" when space is null:
                var name = tool.NeedText("name");
                return tool.Items("tools").SelectMany(inner => Tools(inner, name));
            // Codex offers this with every call, unasked, while its own searching is off; a model does without.
            case "web_search" when tool.Flag("external_web_access") == false:
                return [];
            case var other:
                throw type.Fault($"{JsonPlace.Word(other)} runs at OpenAI only, or in a form of its own, and the provider speaks another protocol");
        }
    }

    private static ChatToolChoice? Choice(JsonPlace? choice)
    {
        if (choice is null) return null;
        if (choice.Kind == JsonValueKind.String) return ChatWords.Choice(choice);
        if (choice.NeedText("type") != "function") throw choice.Find("type")!.Fault("must be function");
        return new ChatToolChoice(ChatToolMode.Named, ResponsesNames.Join(choice.Text("namespace"), choice.Need("name")));
    }

    private static ChatFormat? Format(JsonPlace format)
    {
        var type = format.Need("type");
        return type.Text() switch
        {
            "text" => null,
            "json_object" => new ChatFormat(null, null, null),
            "json_schema" => new ChatFormat(format.Text("name"), format.Need("schema").CopyObject(), format.Flag("strict")),
            _ => throw type.Fault("must be text, json_object or json_schema"),
        };
    }
}
