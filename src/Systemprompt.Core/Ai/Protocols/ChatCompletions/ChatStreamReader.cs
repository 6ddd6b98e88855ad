using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a stream of the Chat Completions format. It is complete at <c>[DONE]</c>, or when it was closed behind a finish_reason: the counts come
/// after that reason, so it is no end by itself.
/// </summary>
internal sealed class ChatStreamReader : IChatStreamReader
{
    private readonly BlockSteps _blocks = new();
    private readonly List<Call> _calls = [];
    private string? _id;
    private string? _finish;
    private string? _tier;
    private bool _refused;
    private bool _ended;

    public TokenUsage? Usage { get; private set; }

    public bool PricedElsewhere => ChatWords.IsPricedElsewhere(_tier);

    public void Read(ReadOnlySpan<byte> sse, ICollection<ChatEvent> steps)
    {
        var data = SseEvent.Parse(sse).Data;
        if (data.IsEmpty || _ended) return;
        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            Finish(steps);
            return;
        }

        using var document = JsonBody.OfProvider(data, "an event of the provider's stream");
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("error") is not null)
        {
            _ended = true;
            var error = MessagesAnswerReader.Error(root);
            steps.Add(new AnswerFails(error.Type ?? "api_error", error.Message ?? "the provider's stream failed"));
            return;
        }

        Usage = ChatAnswerReader.Usage(root) ?? Usage;
        _tier = root.MaybeText("service_tier") ?? _tier;
        // Azure sends a first chunk about its filters, with neither.
        if (root.Find("choices") is not { Kind: JsonValueKind.Array } choices || choices.Items().FirstOrDefault() is not { Kind: JsonValueKind.Object } choice) return;
        _id ??= root.MaybeText("id");
        _blocks.Begin(steps, _id, root.MaybeText("model") ?? "");
        if (choice.Find("delta") is { Kind: JsonValueKind.Object } delta) Delta(delta, steps);
        _finish = choice.MaybeText("finish_reason") is { Length: > 0 } reason ? reason : _finish;
    }

    public void End(ICollection<ChatEvent> steps)
    {
        if (!_ended && _finish is not null) Finish(steps);
    }

    private void Delta(JsonPlace delta, ICollection<ChatEvent> steps)
    {
        if (ChatAnswerReader.Thinking(delta, out var field) is { Length: > 0 } thinking)
        {
            if (!_blocks.IsThinking) _blocks.Signature(steps, Signatures.Chat + field, isMark: true);
            _blocks.Thinking(steps, thinking);
        }

        _blocks.Text(steps, ChatAnswerReader.Text(delta) ?? "");
        if (delta.MaybeText("refusal") is { Length: > 0 } refusal)
        {
            _refused = true;
            _blocks.Text(steps, refusal);
        }

        if (delta.Find("tool_calls") is not { Kind: JsonValueKind.Array } calls) return;
        foreach (var piece in calls.Items())
            if (piece.Kind == JsonValueKind.Object)
                Piece(piece, steps);
    }

    private void Piece(JsonPlace piece, ICollection<ChatEvent> steps)
    {
        var call = Find(piece);
        var function = piece.Find("function");
        call.Name ??= function is { Kind: JsonValueKind.Object } && function.MaybeText("name") is { Length: > 0 } name ? name : null;
        call.Proof ??= ChatAnswerReader.Proof(piece);
        var arguments = ChatAnswerReader.Arguments(function);
        if (call.Block is { } block)
        {
            _blocks.Input(steps, block, arguments);
            return;
        }

        // A call without a name cannot begin; the pieces that came before it wait.
        call.Held += arguments;
        if (call.Name is null) return;
        Begin(call, steps);
    }

    private void Begin(Call call, ICollection<ChatEvent> steps)
    {
        call.Block = _blocks.Tool(steps, new ToolUseBlock(call.Id ?? CallIds.Make(_id, _calls.IndexOf(call)), call.Name ?? "", "") { Signature = call.Proof });
        _blocks.Input(steps, call.Block.Value, call.Held);
        call.Held = "";
    }

    // By its number; some servers number none, or all alike, and only the id tells.
    private Call Find(JsonPlace piece)
    {
        var id = piece.MaybeText("id") is { Length: > 0 } given ? given : null;
        long? number = piece.Find("index") is { Kind: JsonValueKind.Number } ? piece.Count("index") : null;
        var found = _calls.LastOrDefault(call => number is null ? id is null || call.Id == id : call.Number == number && (id is null || call.Id is null || call.Id == id));
        if (found is null) _calls.Add(found = new Call { Number = number });
        found.Id ??= found.Block is null ? id : null;
        return found;
    }

    private void Finish(ICollection<ChatEvent> steps)
    {
        _ended = true;
        if (!_blocks.Begun)
        {
            steps.Add(new AnswerFails("api_error", "the provider's stream holds no answer"));
            return;
        }

        foreach (var call in _calls.Where(call => call.Block is null)) Begin(call, steps);
        _blocks.EndAll(steps);
        steps.Add(new AnswerEnds(new ChatEnd(ChatAnswerReader.Stop(_finish, _blocks.HasTools, _refused), null, Usage)));
    }

    private sealed class Call
    {
        public long? Number { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public string? Proof { get; set; }

        public int? Block { get; set; }

        public string Held { get; set; } = "";
    }
}
