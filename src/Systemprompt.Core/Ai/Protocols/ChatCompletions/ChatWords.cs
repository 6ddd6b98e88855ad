using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What OpenAI's two formats have in common.</summary>
internal static class ChatWords
{
    /// <summary>The schema of a tool that takes nothing.</summary>
    public static JsonElement NoInput { get; } = JsonElement.Parse("""{"type":"object","properties":{}}""");

    public static ChatThinking Thinking(JsonPlace effort) => effort.Text() switch
    {
        "none" => new ChatThinking(true, null, "none"),
        "minimal" or "low" or "medium" or "high" or "xhigh" or "max" => new ChatThinking(false, null, effort.Text()),
        _ => throw effort.Fault("must be none, minimal, low, medium, high or xhigh"),
    };

    /// <summary>The word for how hard to think; null to leave it to the provider. Not every server knows a word for "not at all".</summary>
    public static string? Effort(ChatRequest request) => ThinkingModels.Told(request) switch
    {
        null => null,
        { Effort: "xhigh" or "max" } => request.ThinkingMode == ThinkingMode.Send || ThinkingModels.KnowsExtraHigh(request.Model) ? "xhigh" : "high",
        { Effort: { } effort } => effort,
        { Off: true } => null,
        var thinking => MessagesThinking.OfBudget(thinking.Budget),
    };

    /// <summary>Whether the tier that an answer names has another price list. Groq calls its usual one on_demand.</summary>
    public static bool IsPricedElsewhere(string? tier) => tier is not (null or "" or "default" or "auto" or "standard" or "on_demand");

    public static ChatToolChoice Choice(JsonPlace choice) => choice.Text() switch
    {
        "auto" => new ChatToolChoice(ChatToolMode.Auto),
        "none" => new ChatToolChoice(ChatToolMode.None),
        "required" => new ChatToolChoice(ChatToolMode.Required),
        _ => throw choice.Fault("must be auto, none, required or the name of a function"),
    };

    public static string Choice(ChatToolMode mode) => mode switch
    {
        ChatToolMode.None => "none",
        ChatToolMode.Required => "required",
        _ => "auto",
    };

    /// <summary>An image by its address, which can hold its bytes.</summary>
    public static ChatBlock Image(JsonPlace address)
    {
        var url = address.Text();
        return TryData(url, out var mediaType, out var data) ? new ImageBlock(mediaType, data, null)
            : url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? throw address.Fault("must be an address, or data:TYPE;base64,…")
            : new ImageBlock(null, null, url);
    }

    /// <summary>A file by its bytes: with their type in front, or bare, which is PDF.</summary>
    public static ChatBlock File(JsonPlace content, string? name) => TryData(content.Text(), out var mediaType, out var data)
        ? new DocumentBlock(mediaType, data, null, name)
        : new DocumentBlock("application/pdf", content.Text(), null, name);

    /// <summary>Bytes as an address.</summary>
    public static string Url(string? mediaType, string? data, string? url) => data is null ? url ?? "" : $"data:{mediaType};base64,{data}";

    /// <summary>Refuses marks of prompt caching where the operator wants them refused, naming the first.</summary>
    public static void CheckCache(ChatRequest request, CacheMarks marks, bool canKeep)
    {
        if (marks == CacheMarks.Ignore || (marks == CacheMarks.Keep && canKeep)) return;
        if (Marks(request).FirstOrDefault(static mark => mark is not null) is { } first)
            throw new ConversionException($"{first.Place}: the provider's protocol has no marks of prompt caching, and losing them would cost without a word; leave them out, or say cache_marks: ignore of the provider in the profile");
    }

    private static IEnumerable<ChatCache?> Marks(ChatRequest request)
    {
        yield return request.Cache;
        foreach (var tool in request.Tools) yield return tool.Cache;
        foreach (var block in request.System.Concat(request.Turns.SelectMany(static turn => turn.Blocks)))
        {
            yield return block.Cache;
            if (block is not ToolResultBlock result) continue;
            foreach (var part in result.Content) yield return part.Cache;
        }
    }

    private static bool TryData(string url, out string mediaType, out string data)
    {
        (mediaType, data) = ("", "");
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return false;
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !url.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase)) return false;
        // Parameters such as a character set do not belong to the type.
        mediaType = url["data:".Length..comma].Split(';')[0];
        data = url[(comma + 1)..];
        return mediaType.Length > 0;
    }
}
