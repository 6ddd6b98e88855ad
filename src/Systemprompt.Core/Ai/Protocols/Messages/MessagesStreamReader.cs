namespace Systemprompt.Ai;

/// <summary>Reads a stream of the Messages format. Its counts are cumulative: a later one replaces an earlier one.</summary>
internal sealed class MessagesStreamReader : IChatStreamReader
{
    private readonly Dictionary<long, Open> _open = [];
    private UsageReader _usage;
    private OutputEstimate _estimate;
    private ChatStop _stop = ChatStop.EndTurn;
    private string? _sequence;
    private int _next;
    private bool _begun;
    private bool _ended;

    public bool IsEstimated => _estimate.Counts(_usage.InputKnown, _usage.Usage.Output);

    public bool PricedElsewhere => _usage.PricedElsewhere;

    // Both sides of the bill or none: one alone would price the other at nothing.
    public TokenUsage? Usage =>
        IsEstimated ? _usage.Usage with { Output = _estimate.Tokens }
        : _usage is { InputKnown: true, OutputKnown: true } ? _usage.Usage : null;

    public void Read(ReadOnlySpan<byte> sse, ICollection<ChatEvent> steps)
    {
        var data = SseEvent.Parse(sse).Data;
        if (data.IsEmpty || _ended) return;
        using var document = JsonBody.OfProvider(data, "an event of the provider's stream");
        var root = JsonPlace.Root(document.RootElement);
        switch (root.MaybeText("type"))
        {
            case "message_start":
                Begin(root.Find("message") ?? root, steps);
                break;
            case "content_block_start":
                StartBlock(root, steps);
                break;
            case "content_block_delta":
                _estimate.Add(data.Length);
                Delta(root, steps);
                break;
            case "content_block_stop" when _open.Remove(root.Count("index"), out var block):
                steps.Add(new BlockEnds(block.Index));
                break;
            case "message_delta":
                var counts = _usage.OutputCounts;
                MessagesAnswerReader.Usage(root, ref _usage);
                if (_usage.OutputCounts > counts) _estimate.Settle();
                if (root.Find("delta") is { } delta && delta.MaybeText("stop_reason") is { } reason) (_stop, _sequence) = (MessagesWords.Stop(reason), delta.MaybeText("stop_sequence"));
                break;
            case "message_stop":
                Stop(steps);
                break;
            case "error":
                _ended = true;
                var error = MessagesAnswerReader.Error(root);
                steps.Add(new AnswerFails(error.Type ?? "api_error", error.Message ?? "the provider's stream failed"));
                break;
        }
    }

    // A stream without message_stop was cut.
    public void End(ICollection<ChatEvent> steps) { }

    private void Begin(JsonPlace message, ICollection<ChatEvent> steps)
    {
        MessagesAnswerReader.Usage(message, ref _usage);
        if (_begun) return;
        _begun = true;
        steps.Add(new AnswerBegins(message.MaybeText("id"), message.MaybeText("model") ?? "", _usage.InputKnown || _usage.OutputKnown ? _usage.Usage : null));
    }

    private void StartBlock(JsonPlace root, ICollection<ChatEvent> steps)
    {
        if (root.Find("content_block") is not { } block) return;
        if (!_begun) throw new ConversionException("the provider's stream begins with no message_start");
        var type = block.MaybeText("type");
        ChatBlock? begun = type switch
        {
            "text" => new TextBlock(""),
            "tool_use" => new ToolUseBlock(block.MaybeText("id") ?? "", block.MaybeText("name") ?? "", ""),
            "thinking" => new ThinkingBlock("", null),
            "redacted_thinking" => new RedactedThinkingBlock(Signatures.Messages + block.MaybeText("data")),
            _ => null,
        };
        var index = root.Count("index");
        if (begun is null || _open.ContainsKey(index)) return;
        var open = new Open(_next++);
        _open.Add(index, open);
        steps.Add(new BlockBegins(open.Index, begun));
        // Empty at Anthropic; other servers of this format put the first piece, or all, in here.
        if (type == "tool_use" && block.Find("input") is { } input && input.Value.ValueKind == System.Text.Json.JsonValueKind.Object && input.Value.EnumerateObject().Any())
            steps.Add(new InputDelta(open.Index, input.Raw()));
        else Piece(type == "text" ? "text_delta" : "thinking_delta", block, open, steps);
    }

    private void Delta(JsonPlace root, ICollection<ChatEvent> steps)
    {
        if (root.Find("delta") is { } delta && _open.TryGetValue(root.Count("index"), out var open)) Piece(delta.MaybeText("type"), delta, open, steps);
    }

    private static void Piece(string? type, JsonPlace piece, Open open, ICollection<ChatEvent> steps)
    {
        switch (type)
        {
            case "text_delta" when piece.MaybeText("text") is { Length: > 0 } text:
                steps.Add(new TextDelta(open.Index, text));
                break;
            case "input_json_delta" when piece.MaybeText("partial_json") is { Length: > 0 } json:
                steps.Add(new InputDelta(open.Index, json));
                break;
            case "thinking_delta" when piece.MaybeText("thinking") is { Length: > 0 } thinking:
                steps.Add(new ThinkingDelta(open.Index, thinking));
                break;
            case "signature_delta" when piece.MaybeText("signature") is { Length: > 0 } signature:
                steps.Add(new SignatureDelta(open.Index, open.Signed ? signature : Signatures.Messages + signature));
                open.Signed = true;
                break;
        }
    }

    private void Stop(ICollection<ChatEvent> steps)
    {
        if (!_begun) throw new ConversionException("the provider's stream ends before it began");
        _ended = true;
        foreach (var open in _open.Values.OrderBy(open => open.Index)) steps.Add(new BlockEnds(open.Index));
        steps.Add(new AnswerEnds(new ChatEnd(_stop, _sequence, Usage)));
    }

    private sealed class Open(int index)
    {
        public int Index => index;

        public bool Signed { get; set; }
    }
}
