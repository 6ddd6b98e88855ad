using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads a whole answer of the Responses format, and what its stream has in common with it.</summary>
internal static class ResponsesAnswerReader
{
    private static readonly string[] Words = ["summary", "content"];

    public static ChatAnswer Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfProvider(body.Span, "the provider's answer");
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("output") is not { Kind: JsonValueKind.Array } output) throw new ConversionException("the provider's answer is no response: output is missing");
        if (root.MaybeText("status") is "failed" or "cancelled") throw new ConversionException("the provider's answer says that it failed");
        List<ChatBlock> blocks = [.. output.Items().Where(item => item.Kind == JsonValueKind.Object).SelectMany(Blocks)];
        return new ChatAnswer
        {
            Id = root.MaybeText("id"),
            Model = root.MaybeText("model") ?? "",
            Blocks = blocks,
            End = new ChatEnd(Stop(root, blocks.Any(block => block is ToolUseBlock), Refuses(output)), null, Usage(root)),
            PricedElsewhere = ChatWords.IsPricedElsewhere(root.MaybeText("service_tier")),
        };
    }

    /// <param name="response">The response object.</param>
    /// <param name="called">Whether a tool was called.</param>
    /// <param name="refused">Whether the model declined.</param>
    public static ChatStop Stop(JsonPlace response, bool called, bool refused)
    {
        if (response.MaybeText("status") == "incomplete")
            return response.Find("incomplete_details") is { } details && details.MaybeText("reason") == "content_filter" ? ChatStop.Refusal : ChatStop.MaxTokens;
        if (refused) return ChatStop.Refusal;
        return called ? ChatStop.ToolUse : ChatStop.EndTurn;
    }

    public static TokenUsage? Usage(JsonPlace response)
    {
        if (response.Find("usage") is not { Kind: JsonValueKind.Object } usage) return null;
        var (input, output) = (usage.Count("input_tokens"), usage.Count("output_tokens"));
        var read = Math.Min(input, usage.Find("input_tokens_details")?.Count("cached_tokens") ?? 0);
        var written = Math.Min(input - read, usage.Find("input_tokens_details")?.Count("cache_write_tokens") ?? 0);
        var reasoning = Math.Min(output, usage.Find("output_tokens_details")?.Count("reasoning_tokens") ?? 0);
        return new TokenUsage { Input = input - read - written, CacheRead = read, CacheWrite5m = written, Output = output, Reasoning = reasoning };
    }

    /// <summary>The words of a reasoning item.</summary>
    public static string Thinking(JsonPlace item) => string.Join("\n\n", Words
        .SelectMany(name => item.Find(name) is { Kind: JsonValueKind.Array } parts ? parts.Items() : [])
        .Select(part => part.MaybeText("text")).Where(text => text is { Length: > 0 }));

    /// <summary>The proof of a reasoning item, marked; null when there is none.</summary>
    public static string? Proof(JsonPlace item) => item.MaybeText("encrypted_content") is { Length: > 0 } proof ? Signatures.Responses + proof : null;

    /// <summary>The words of a message's part.</summary>
    public static string Text(JsonPlace part) => part.MaybeText("text") ?? part.MaybeText("refusal") ?? "";

    private static bool Refuses(JsonPlace output) => output.Items()
        .Where(item => item.Kind == JsonValueKind.Object && item.Find("content") is { Kind: JsonValueKind.Array })
        .Any(item => item.Find("content")!.Items().Any(part => part.MaybeText("type") == "refusal"));

    private static IEnumerable<ChatBlock> Blocks(JsonPlace item)
    {
        switch (item.MaybeText("type"))
        {
            case "message" when item.Find("content") is { Kind: JsonValueKind.Array } content:
                return content.Items().Select(part => new TextBlock(Text(part)));
            case "function_call":
                return [new ToolUseBlock(item.MaybeText("call_id") ?? item.MaybeText("id") ?? "", item.MaybeText("name") ?? "", item.MaybeText("arguments") ?? "")];
            case "reasoning":
                var (thinking, proof) = (Thinking(item), Proof(item));
                return thinking.Length == 0 && proof is null ? [] : [new ThinkingBlock(thinking, proof)];
            default:
                return [];
        }
    }
}
