using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads a stream of the Responses format: pieces as they come, and from an item's end what no piece said.</summary>
internal sealed class ResponsesStreamReader : IChatStreamReader
{
    private readonly BlockSteps _blocks = new();
    // By the item's place in the output.
    private readonly Dictionary<long, Item> _items = [];
    private bool _refused;
    private bool _ended;

    public TokenUsage? Usage { get; private set; }

    public bool PricedElsewhere { get; private set; }

    public void Read(ReadOnlySpan<byte> sse, ICollection<ChatEvent> steps)
    {
        var data = SseEvent.Parse(sse).Data;
        // Some servers add OpenAI's older sign of the end.
        if (data.IsEmpty || _ended || data.SequenceEqual("[DONE]"u8)) return;
        using var document = JsonBody.OfProvider(data, "an event of the provider's stream");
        var root = JsonPlace.Root(document.RootElement);
        switch (root.MaybeText("type"))
        {
            case "response.created" or "response.in_progress" when root.Find("response") is { Kind: JsonValueKind.Object } response:
                _blocks.Begin(steps, response.MaybeText("id"), response.MaybeText("model") ?? "");
                break;
            case "response.output_item.added" when root.Find("item") is { Kind: JsonValueKind.Object } item && item.MaybeText("type") == "function_call":
                Call(root, item, steps);
                break;
            case "response.output_text.delta" or "response.refusal.delta" when root.MaybeText("delta") is { } text:
                _refused |= root.MaybeText("type") == "response.refusal.delta";
                At(root).HasPieces = true;
                Started(steps).Text(steps, text);
                break;
            case "response.reasoning_summary_text.delta" or "response.reasoning_text.delta" when root.MaybeText("delta") is { } thinking:
                Think(root, thinking, steps);
                break;
            case "response.function_call_arguments.delta" when root.MaybeText("delta") is { } json && At(root).Block is { } block:
                At(root).HasPieces |= json.Length > 0;
                _blocks.Input(steps, block, json);
                break;
            case "response.output_item.done" when root.Find("item") is { Kind: JsonValueKind.Object } item:
                Done(root, item, steps);
                break;
            case "response.completed" or "response.incomplete" when root.Find("response") is { Kind: JsonValueKind.Object } response:
                Finish(response, steps);
                break;
            case "response.failed" or "error":
                Fail(root, steps);
                break;
        }
    }

    // A stream without response.completed was cut.
    public void End(ICollection<ChatEvent> steps) { }

    private Item At(JsonPlace root)
    {
        var index = root.Count("output_index");
        if (!_items.TryGetValue(index, out var item)) _items.Add(index, item = new Item());
        return item;
    }

    private BlockSteps Started(ICollection<ChatEvent> steps)
    {
        _blocks.Begin(steps, null, "");
        return _blocks;
    }

    private void Call(JsonPlace root, JsonPlace item, ICollection<ChatEvent> steps)
    {
        var open = At(root);
        open.Block ??= Started(steps).Tool(steps, new ToolUseBlock(item.MaybeText("call_id") ?? item.MaybeText("id") ?? "", item.MaybeText("name") ?? "", ""));
    }

    private void Think(JsonPlace root, string thinking, ICollection<ChatEvent> steps)
    {
        var item = At(root);
        var part = root.Count("summary_index");
        if (item.HasPieces && part != item.Part) _blocks.Thinking(steps, "\n\n");
        (item.HasPieces, item.Part) = (true, part);
        Started(steps).Thinking(steps, thinking);
    }

    private void Done(JsonPlace root, JsonPlace item, ICollection<ChatEvent> steps)
    {
        var open = At(root);
        switch (item.MaybeText("type"))
        {
            case "function_call":
                Call(root, item, steps);
                if (!open.HasPieces) _blocks.Input(steps, open.Block!.Value, item.MaybeText("arguments") ?? "");
                _blocks.EndTool(steps, open.Block!.Value);
                break;
            case "message" when !open.HasPieces && item.Find("content") is { Kind: JsonValueKind.Array } content:
                foreach (var part in content.Items()) Started(steps).Text(steps, ResponsesAnswerReader.Text(part));
                break;
            case "reasoning":
                if (!open.HasPieces) Started(steps).Thinking(steps, ResponsesAnswerReader.Thinking(item));
                if (ResponsesAnswerReader.Proof(item) is { } proof) Started(steps).Signature(steps, proof);
                _blocks.EndThinking(steps);
                break;
        }

        open.HasPieces = true;
    }

    private void Finish(JsonPlace response, ICollection<ChatEvent> steps)
    {
        _ended = true;
        Count(response);
        Started(steps).EndAll(steps);
        steps.Add(new AnswerEnds(new ChatEnd(ResponsesAnswerReader.Stop(response, _blocks.HasTools, _refused), null, Usage)));
    }

    private void Fail(JsonPlace root, ICollection<ChatEvent> steps)
    {
        _ended = true;
        var error = (root.Find("response") is { Kind: JsonValueKind.Object } response ? response.Find("error") : root.Find("error")) ?? root;
        if (root.Find("response") is { Kind: JsonValueKind.Object } failed) Count(failed);
        steps.Add(new AnswerFails(error.MaybeText("code") ?? "api_error", error.MaybeText("message") ?? "the provider's stream failed"));
    }

    // Before the end the tier is the one that was asked for.
    private void Count(JsonPlace response)
    {
        Usage = ResponsesAnswerReader.Usage(response) ?? Usage;
        PricedElsewhere = ChatWords.IsPricedElsewhere(response.MaybeText("service_tier"));
    }

    private sealed class Item
    {
        public int? Block { get; set; }

        public bool HasPieces { get; set; }

        public long Part { get; set; }
    }
}
