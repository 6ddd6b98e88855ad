namespace Systemprompt.Ai;

/// <summary>A piece of what somebody said.</summary>
internal abstract record ChatBlock
{
    public ChatCache? Cache { get; init; }
}

internal sealed record TextBlock(string Text) : ChatBlock;

/// <summary>An image, by its bytes or by its address.</summary>
/// <param name="Data">Base64; null when <paramref name="Url"/> says where it is.</param>
/// <param name="MediaType">Such as <c>image/png</c>; null when only the address is known.</param>
/// <param name="Url">Null when <paramref name="Data"/> holds the bytes.</param>
internal sealed record ImageBlock(string? MediaType, string? Data, string? Url) : ChatBlock;

/// <summary>A file, by its bytes or by its address.</summary>
/// <param name="Data">Base64; null when <paramref name="Url"/> says where it is.</param>
/// <param name="MediaType">Such as <c>application/pdf</c>; null when only the address is known.</param>
/// <param name="Url">Null when <paramref name="Data"/> holds the bytes.</param>
/// <param name="Name">What the client calls it.</param>
internal sealed record DocumentBlock(string? MediaType, string? Data, string? Url, string? Name) : ChatBlock;

/// <summary>A call of a tool.</summary>
/// <param name="Id">Which the result names.</param>
/// <param name="Name">The tool.</param>
/// <param name="Input">A JSON object as text. The model wrote it, so it may be empty (no input) or no JSON at all.</param>
internal sealed record ToolUseBlock(string Id, string Name, string Input) : ChatBlock
{
    /// <summary>A provider's proof of the thinking that led to the call, to be given back with it (Gemini's <c>thoughtSignature</c>).</summary>
    public string? Signature { get; init; }
}

/// <summary>What a tool answered.</summary>
internal sealed record ToolResultBlock(string ToolUseId, IReadOnlyList<ChatBlock> Content, bool IsError) : ChatBlock;

/// <summary>Thinking as the model shows it.</summary>
/// <param name="Text">May be empty, when the provider shows none.</param>
/// <param name="Signature">The provider's proof that it is unaltered. It means something to that provider only.</param>
internal sealed record ThinkingBlock(string Text, string? Signature) : ChatBlock;

/// <summary>Thinking that only its provider can read.</summary>
internal sealed record RedactedThinkingBlock(string Data) : ChatBlock;
