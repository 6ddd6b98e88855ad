using Abstractions = Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a chat client's answer. Tools that ran inside the client stay there: their calls and results are not the caller's. Counts of several updates add up,
/// as <see cref="Abstractions.UsageContent"/> has it.
/// </summary>
internal sealed class ClientSteps
{
    private readonly BlockSteps _blocks = new();
    private string? _id;
    private string? _finish;
    private bool _refused;
    private bool _ended;
    private int _calls;
    private string _half = "";

    /// <summary>What it has come to by now; null when the client has not said.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>A whole answer.</summary>
    /// <exception cref="ConversionException">It holds what no caller can be given, or says that it failed.</exception>
    public static ChatAnswer Whole(Abstractions.ChatResponse response)
    {
        if (response.Messages.Count == 0) throw new ConversionException("it is empty");
        var reader = new ClientSteps { _id = Known(response.ResponseId), _finish = response.FinishReason?.Value };
        List<ChatEvent> steps = [];
        reader._blocks.Begin(steps, reader._id, response.ModelId ?? "");
        foreach (var message in response.Messages)
            if (message.Role != Abstractions.ChatRole.Tool)
                reader.Read(message.Contents, steps);
        if (response.Usage is { } usage) reader.Usage = ClientUsage.Of(usage);
        reader.End(steps);
        var builder = new AnswerBuilder();
        foreach (var step in steps) builder.Add(step);
        return builder.Failure is { } failure ? throw new ConversionException(failure.Message) : builder.Build();
    }

    /// <summary>Reads one update of a stream.</summary>
    /// <exception cref="ConversionException">It holds what no caller can be given.</exception>
    public void Read(Abstractions.ChatResponseUpdate update, ICollection<ChatEvent> steps)
    {
        _id ??= Known(update.ResponseId);
        _finish = update.FinishReason?.Value ?? _finish;
        _blocks.Begin(steps, _id, update.ModelId ?? "");
        if (update.Role != Abstractions.ChatRole.Tool) Read(update.Contents, steps);
    }

    /// <summary>The client has ended its answer. That is what its end looks like: one that breaks off throws.</summary>
    public void End(ICollection<ChatEvent> steps)
    {
        if (_ended) return;
        _ended = true;
        if (_half.Length > 0) _blocks.Text(steps, _half);
        _blocks.EndAll(steps);
        steps.Add(new AnswerEnds(new ChatEnd(Stop(), null, Usage)));
    }

    private void Read(IEnumerable<Abstractions.AIContent> contents, ICollection<ChatEvent> steps)
    {
        foreach (var content in contents)
            if (!_ended) Read(content, steps);
    }

    private void Read(Abstractions.AIContent content, ICollection<ChatEvent> steps)
    {
        switch (content)
        {
            case Abstractions.TextContent text:
                _blocks.Text(steps, Joined(text.Text));
                break;
            case Abstractions.TextReasoningContent thinking:
                Think(thinking, steps);
                break;
            case Abstractions.FunctionCallContent { InformationalOnly: false } call:
                Call(call, steps);
                break;
            case Abstractions.UsageContent usage:
                Usage = ClientUsage.Sum(Usage, ClientUsage.Of(usage.Details));
                break;
            case Abstractions.ErrorContent { ErrorCode: "Refusal" } refusal:
                _refused = true;
                _blocks.Text(steps, refusal.Message);
                break;
            case Abstractions.ErrorContent error:
                _ended = true;
                steps.Add(new AnswerFails("api_error", $"the provider's model failed{(error.ErrorCode is { Length: > 0 } code ? $" ({JsonPlace.Word(code)})" : "")}"));
                break;
            case Abstractions.ToolCallContent or Abstractions.ToolResultContent:
            case var _ when content.GetType() == typeof(Abstractions.AIContent):
                break;
            default:
                throw new ConversionException($"it holds {content.GetType().Name}, which cannot be said to the caller");
        }
    }

    private void Think(Abstractions.TextReasoningContent thinking, ICollection<ChatEvent> steps)
    {
        if (thinking.ProtectedData is { Length: > 0 } proof)
        {
            _blocks.Thinking(steps, Joined(thinking.Text));
            _blocks.Signature(steps, Signatures.Client + proof);
        }
        else if (thinking.Text.Length > 0)
        {
            // The mark alone says whose it is.
            if (!_blocks.IsThinking) _blocks.Signature(steps, Signatures.Client, isMark: true);
            _blocks.Thinking(steps, Joined(thinking.Text));
        }
    }

    /// <summary>Text whose first half of a surrogate pair came with the piece before, and whose last one waits for the next: a client may cut its text anywhere.</summary>
    private string Joined(string text)
    {
        text = _half + text;
        _half = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[^1..] : "";
        return text[..^_half.Length];
    }

    private void Call(Abstractions.FunctionCallContent call, ICollection<ChatEvent> steps)
    {
        var input = ClientArguments.Write(call);
        var id = call.CallId is { Length: > 0 } given ? given : CallIds.Make(_id ?? call.Name + input, _calls);
        _calls++;
        var block = _blocks.Tool(steps, new ToolUseBlock(id, call.Name, ""));
        _blocks.Input(steps, block, input);
        _blocks.EndTool(steps, block);
    }

    // A call that ran inside the client is no reason for the caller to go on.
    private ChatStop Stop() => _finish switch
    {
        _ when _refused => ChatStop.Refusal,
        "length" => ChatStop.MaxTokens,
        "content_filter" => ChatStop.Refusal,
        _ when _blocks.HasTools => ChatStop.ToolUse,
        "tool_calls" or "tool_use" or null => ChatStop.EndTurn,
        var word => MessagesWords.Stop(word),
    };

    private static string? Known(string? id) => id is { Length: > 0 } ? id : null;
}
