using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// A model request in no protocol's words. Only a call whose client and provider speak different protocols is ever put into this form;
/// between equals the bytes pass. Each protocol's reader fills it, each provider's writer reads it.
/// </summary>
internal sealed record ChatRequest
{
    public required string Model { get; init; }

    /// <summary>What stands above the conversation, in order.</summary>
    public IReadOnlyList<ChatBlock> System { get; init; } = [];

    public required IReadOnlyList<ChatTurn> Turns { get; init; }

    public IReadOnlyList<ChatTool> Tools { get; init; } = [];

    public ChatToolChoice? ToolChoice { get; init; }

    /// <summary>Whether the model may call several tools at once; null leaves it to the provider.</summary>
    public bool? ParallelTools { get; init; }

    public long? MaxTokens { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public long? TopK { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    public bool Stream { get; init; }

    /// <summary>Whether a stream is asked for its usage, where the protocol says it only then.</summary>
    public bool AsksUsage { get; init; } = true;

    /// <summary>How hard to think; null leaves it to the provider.</summary>
    public ChatThinking? Thinking { get; init; }

    /// <summary>Whether the provider is told so.</summary>
    public ThinkingMode ThinkingMode { get; init; }

    /// <summary>The form of the answer; null for free text.</summary>
    public ChatFormat? Format { get; init; }

    /// <summary>The client's word for its end user.</summary>
    public string? EndUser { get; init; }

    /// <summary>A mark of prompt caching on the call as a whole: the provider shall find the last place for it.</summary>
    public ChatCache? Cache { get; init; }
}

internal enum ChatRole
{
    User,
    Assistant,

    /// <summary>An instruction in the middle of a conversation, as Claude Code and OpenAI's clients send it.</summary>
    System,
}

/// <summary>What one side said. Results of tools stand in a turn of the user.</summary>
internal sealed record ChatTurn(ChatRole Role, IReadOnlyList<ChatBlock> Blocks);

/// <summary>A tool that the model may call.</summary>
/// <param name="Name">What the model calls it by.</param>
/// <param name="Description">What it does, for the model.</param>
/// <param name="Schema">JSON Schema of its input: an object.</param>
/// <param name="Strict">Whether the input must keep to the schema; null leaves it to the provider.</param>
internal sealed record ChatTool(string Name, string? Description, JsonElement Schema, bool? Strict)
{
    public ChatCache? Cache { get; init; }
}

internal enum ChatToolMode
{
    Auto,
    None,

    /// <summary>Some tool.</summary>
    Required,

    /// <summary>The named tool.</summary>
    Named,
}

/// <param name="Mode">Whether, and which.</param>
/// <param name="Name">The tool, when the mode is <see cref="ChatToolMode.Named"/>.</param>
internal sealed record ChatToolChoice(ChatToolMode Mode, string? Name = null);

/// <summary>How hard to think. A protocol that knows only one of the two gets the other translated.</summary>
/// <param name="Off">True when the client wants no thinking.</param>
/// <param name="Budget">Tokens.</param>
/// <param name="Effort"><c>none</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>.</param>
internal sealed record ChatThinking(bool Off, long? Budget, string? Effort);

/// <summary>Structured output.</summary>
/// <param name="Name">The client's name of the form.</param>
/// <param name="Schema">JSON Schema; null for any JSON object.</param>
/// <param name="Strict">Whether the answer must keep to the schema; null leaves it to the provider.</param>
internal sealed record ChatFormat(string? Name, JsonElement? Schema, bool? Strict);

/// <summary>A mark behind which a provider shall keep the prompt.</summary>
/// <param name="Hour">True for an hour, false for five minutes.</param>
/// <param name="Place">Where the client put it, such as <c>messages[2].content[0].cache_control</c>.</param>
internal sealed record ChatCache(bool Hour, string Place);
