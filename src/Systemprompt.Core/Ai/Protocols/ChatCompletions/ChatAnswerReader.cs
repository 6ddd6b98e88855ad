using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads a whole answer of the Chat Completions format, and what its stream has in common with it.</summary>
internal static class ChatAnswerReader
{
    public static ChatAnswer Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfProvider(body.Span, "the provider's answer");
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("choices") is not { Kind: JsonValueKind.Array } choices || choices.Items().FirstOrDefault() is not { Kind: JsonValueKind.Object } choice || choice.Find("message") is not { Kind: JsonValueKind.Object } message)
            throw new ConversionException("the provider's answer is no chat completion: choices[0].message is missing");
        var id = root.MaybeText("id");
        List<ChatBlock> blocks = [];
        if (Thinking(message, out var field) is { Length: > 0 } thinking) blocks.Add(new ThinkingBlock(thinking, Signatures.Chat + field));
        if (Text(message) is { Length: > 0 } text) blocks.Add(new TextBlock(text));
        var refusal = message.MaybeText("refusal");
        if (refusal is { Length: > 0 }) blocks.Add(new TextBlock(refusal));
        if (message.Find("tool_calls") is { Kind: JsonValueKind.Array } calls)
            foreach (var (index, call) in calls.Items().Index())
                if (call.Kind == JsonValueKind.Object)
                    blocks.Add(Call(call, id, index));
        var stop = Stop(choice.MaybeText("finish_reason"), blocks.Any(block => block is ToolUseBlock), refusal is { Length: > 0 });
        return new ChatAnswer
        {
            Id = id,
            Model = root.MaybeText("model") ?? "",
            Blocks = blocks,
            End = new ChatEnd(stop, null, Usage(root)),
            PricedElsewhere = ChatWords.IsPricedElsewhere(root.MaybeText("service_tier")),
        };
    }

    /// <summary>Thinking, in one of the two fields that servers show it in.</summary>
    public static string? Thinking(JsonPlace message, out string field)
    {
        field = message.MaybeText("reasoning_content") is { Length: > 0 } ? "reasoning_content" : "reasoning";
        return message.MaybeText(field);
    }

    /// <summary>Content: a string, or parts, as some servers send it.</summary>
    public static string? Text(JsonPlace message) => message.Find("content") switch
    {
        { Kind: JsonValueKind.String } text => text.Text(),
        { Kind: JsonValueKind.Array } parts => string.Concat(parts.Items().Select(part => part.MaybeText("text"))),
        _ => null,
    };

    public static ToolUseBlock Call(JsonPlace call, string? answer, int index)
    {
        var function = call.Find("function");
        return new ToolUseBlock(call.MaybeText("id") is { Length: > 0 } id ? id : CallIds.Make(answer, index), function?.MaybeText("name") ?? "", Arguments(function)) { Signature = Proof(call) };
    }

    /// <summary>Arguments: JSON as text, or, as some servers send them, as an object.</summary>
    public static string Arguments(JsonPlace? function) => function is not { Kind: JsonValueKind.Object } ? "" : function.Find("arguments") switch
    {
        { Kind: JsonValueKind.String } text => text.Text(),
        { Kind: JsonValueKind.Object } arguments => arguments.Raw(),
        _ => "",
    };

    public static string? Proof(JsonPlace call) => call.Find("extra_content") is { Kind: JsonValueKind.Object } extra
        && extra.Find("google") is { Kind: JsonValueKind.Object } google && google.MaybeText("thought_signature") is { } proof ? Signatures.Chat + proof : null;

    // Some servers say stop although they called.
    public static ChatStop Stop(string? reason, bool called, bool refused) => reason switch
    {
        "length" => ChatStop.MaxTokens,
        "content_filter" => ChatStop.Refusal,
        _ when refused => ChatStop.Refusal,
        _ when called => ChatStop.ToolUse,
        _ => ChatStop.EndTurn,
    };

    /// <summary>What it came to; null when it is not said.</summary>
    public static TokenUsage? Usage(JsonPlace root)
    {
        if (root.Find("usage") is not { Kind: JsonValueKind.Object } usage) return null;
        var (prompt, output) = (usage.Count("prompt_tokens"), usage.Count("completion_tokens"));
        var input = usage.Find("prompt_tokens_details");
        // The second is DeepSeek's.
        var read = Math.Min(prompt, Math.Max(input?.Count("cached_tokens") ?? 0, usage.Count("prompt_cache_hit_tokens")));
        var written = Math.Min(prompt - read, input?.Count("cache_write_tokens") ?? 0);
        var reasoning = usage.Find("completion_tokens_details")?.Count("reasoning_tokens") ?? 0;
        // Thinking is part of what was written, except at servers whose sum shows that they count it apart.
        if (reasoning > 0 && usage.Count("total_tokens") == prompt + output + reasoning) output += reasoning;
        return new TokenUsage { Input = prompt - read - written, CacheRead = read, CacheWrite5m = written, Output = output, Reasoning = Math.Min(reasoning, output) };
    }
}
