using Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>What a chat client says that an answer came to.</summary>
/// <remarks>
/// Microsoft.Extensions.AI has no word for tokens written to a cache. Both .NET clients of Anthropic's API count them under <see cref="Written"/>: Anthropic's own
/// (package Anthropic) within the input tokens, as it does those read; the other (package Anthropic.SDK) beside them, and those read under <see cref="Read"/>.
/// Neither says for how long they are kept, so that they count as kept for five minutes.
/// </remarks>
internal static class ClientUsage
{
    private const string Written = "CacheCreationInputTokens", Read = "CacheReadInputTokens";

    /// <summary>Null when it says only half, which is not known.</summary>
    public static TokenUsage? Of(UsageDetails usage)
    {
        if (usage is not { InputTokenCount: >= 0 and var input, OutputTokenCount: >= 0 and var output }) return null;
        // What was written holds the thinking.
        var counted = new TokenUsage { Output = output, Reasoning = Math.Clamp(usage.ReasoningTokenCount ?? 0, 0, output) };
        var written = Math.Max(0, usage.AdditionalCounts?.GetValueOrDefault(Written) ?? 0);
        if (usage.CachedInputTokenCount is null && usage.AdditionalCounts?.TryGetValue(Read, out var beside) == true)
            return counted with { Input = input, CacheRead = Math.Max(0, beside), CacheWrite5m = written };
        // What was read holds what the cache gave, and what it was given.
        var read = Math.Clamp(usage.CachedInputTokenCount ?? 0, 0, input);
        written = Math.Min(written, input - read);
        return counted with { Input = input - read - written, CacheRead = read, CacheWrite5m = written };
    }

    public static TokenUsage? Sum(TokenUsage? one, TokenUsage? other) => one is not { } first ? other : other is not { } second ? one : new TokenUsage
    {
        Input = Add(first.Input, second.Input),
        CacheRead = Add(first.CacheRead, second.CacheRead),
        CacheWrite5m = Add(first.CacheWrite5m, second.CacheWrite5m),
        Output = Add(first.Output, second.Output),
        Reasoning = Add(first.Reasoning, second.Reasoning),
    };

    private static long Add(long one, long other) => long.CreateSaturating((Int128)one + other);
}
