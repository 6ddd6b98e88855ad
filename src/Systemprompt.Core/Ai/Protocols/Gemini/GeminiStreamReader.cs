using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a stream of generateContent: each event is an answer with some of the parts. It has no sign of its end but that it closes behind a
/// finishReason; its counts are cumulative.
/// </summary>
internal sealed class GeminiStreamReader : IChatStreamReader
{
    private readonly BlockSteps _blocks = new();
    private string? _id;
    private string? _finish;
    private bool _blocked;
    private bool _ended;
    private int _calls;

    public TokenUsage? Usage { get; private set; }

    public void Read(ReadOnlySpan<byte> sse, ICollection<ChatEvent> steps)
    {
        var data = SseEvent.Parse(sse).Data;
        if (data.IsEmpty || _ended) return;
        using var document = JsonBody.OfProvider(data, "an event of the provider's stream");
        Read(JsonPlace.Root(document.RootElement), steps);
    }

    /// <summary>Reads one event's object, which is that of a whole answer too.</summary>
    public void Read(JsonPlace root, ICollection<ChatEvent> steps)
    {
        if (root.Find("error") is not null)
        {
            _ended = true;
            var error = MessagesAnswerReader.Error(root);
            steps.Add(new AnswerFails(error.Type ?? "api_error", error.Message ?? "the provider's stream failed"));
            return;
        }

        Usage = Count(root) ?? Usage;
        _id ??= root.MaybeText("responseId");
        var candidate = root.Find("candidates") is { Kind: JsonValueKind.Array } candidates ? candidates.Items().FirstOrDefault() : null;
        _blocked |= root.Find("promptFeedback") is { Kind: JsonValueKind.Object } feedback && feedback.MaybeText("blockReason") is { Length: > 0 };
        if (candidate is not { Kind: JsonValueKind.Object } && !_blocked) return;
        _blocks.Begin(steps, _id, root.MaybeText("modelVersion") ?? "");
        if (candidate is not { Kind: JsonValueKind.Object }) return;
        if (candidate.Find("content") is { Kind: JsonValueKind.Object } content && content.Find("parts") is { Kind: JsonValueKind.Array } parts)
            foreach (var part in parts.Items())
                if (part.Kind == JsonValueKind.Object)
                    Part(part, steps);
        _finish = candidate.MaybeText("finishReason") ?? _finish;
    }

    public void End(ICollection<ChatEvent> steps)
    {
        if (_ended || (_finish is null && !_blocked)) return;
        _ended = true;
        if (Stop() is { } stop)
        {
            _blocks.EndAll(steps);
            steps.Add(new AnswerEnds(new ChatEnd(stop, null, Usage)));
        }
        else
        {
            steps.Add(new AnswerFails("api_error", $"the provider ended its answer with {JsonPlace.Word(_finish ?? "")}"));
        }
    }

    private void Part(JsonPlace part, ICollection<ChatEvent> steps)
    {
        var proof = part.MaybeText("thoughtSignature") is { Length: > 0 } signature ? Signatures.Gemini + signature : null;
        if (part.Find("functionCall") is { Kind: JsonValueKind.Object } call)
        {
            var (name, input) = (call.MaybeText("name") ?? "", call.Find("args") is { Kind: JsonValueKind.Object } arguments ? arguments.Raw() : "{}");
            var id = call.MaybeText("id") is { Length: > 0 } given ? given : CallIds.Make(_id ?? name + input, _calls);
            _calls++;
            var block = _blocks.Tool(steps, new ToolUseBlock(id, name, "") { Signature = proof });
            _blocks.Input(steps, block, input);
            _blocks.EndTool(steps, block);
            return;
        }

        var text = part.MaybeText("text") ?? "";
        if (part.Find("thought") is { Kind: JsonValueKind.True }) _blocks.Thinking(steps, text);
        else _blocks.Text(steps, text);
        // On words said it proves the thinking behind them, and comes back on what follows or on nothing.
        if (proof is not null) _blocks.Signature(steps, proof);
    }

    // Null when the answer is no answer: half a call, or a reason that says nothing.
    private ChatStop? Stop() => _finish switch
    {
        "STOP" => _blocks.HasTools ? ChatStop.ToolUse : ChatStop.EndTurn,
        "MAX_TOKENS" => ChatStop.MaxTokens,
        "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "LANGUAGE" or "IMAGE_SAFETY" => ChatStop.Refusal,
        null when _blocked => ChatStop.Refusal,
        _ => null,
    };

    // What was read holds what the cache gave; what was written does not hold the thoughts.
    private static TokenUsage? Count(JsonPlace root)
    {
        if (root.Find("usageMetadata") is not { Kind: JsonValueKind.Object } usage) return null;
        var prompt = usage.Count("promptTokenCount");
        var read = Math.Min(prompt, usage.Count("cachedContentTokenCount"));
        var thoughts = usage.Count("thoughtsTokenCount");
        return new TokenUsage
        {
            Input = prompt - read + usage.Count("toolUsePromptTokenCount"), CacheRead = read,
            Output = usage.Count("candidatesTokenCount") + thoughts, Reasoning = thoughts,
        };
    }
}
