using System.Text.Json;
using Abstractions = Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>A call in a chat client's words.</summary>
internal sealed record ClientRequest(IReadOnlyList<Abstractions.ChatMessage> Messages, Abstractions.ChatOptions Options)
{
    /// <exception cref="ConversionException">The call says what cannot be said to a chat client.</exception>
    public static ClientRequest Of(ChatRequest request) => new(ClientMessages.Of(request), OptionsOf(request));

    private static Abstractions.ChatOptions OptionsOf(ChatRequest request)
    {
        var options = new Abstractions.ChatOptions
        {
            ModelId = request.Model,
            MaxOutputTokens = Number(request.MaxTokens),
            Temperature = (float?)request.Temperature,
            TopP = (float?)request.TopP,
            TopK = Number(request.TopK),
            Reasoning = request.ThinkingMode == ThinkingMode.Ignore ? null : ReasoningOf(request.Thinking),
        };
        if (request.Stop.Count > 0) options.StopSequences = [.. request.Stop];
        if (request.Tools.Count > 0) (options.Tools, options.ToolMode, options.AllowMultipleToolCalls) = ([.. request.Tools.Select(tool => new Tool(tool))], ModeOf(request.ToolChoice), request.ParallelTools);
        if (request.Format is { } format)
            options.ResponseFormat = format.Schema is { } schema ? Abstractions.ChatResponseFormat.ForJsonSchema(schema, format.Name ?? "answer") : Abstractions.ChatResponseFormat.Json;
        // The words by which the clients of Microsoft.Extensions.AI know them.
        if (request.EndUser is { } user) (options.AdditionalProperties ??= [])["EndUserId"] = user;
        if (request.Format?.Strict is { } strict) (options.AdditionalProperties ??= [])["strict"] = strict;
        return options;
    }

    private static int? Number(long? value) => value is { } number ? (int)Math.Clamp(number, 0, int.MaxValue) : null;

    private static Abstractions.ChatToolMode? ModeOf(ChatToolChoice? choice) => choice switch
    {
        null => null,
        { Mode: ChatToolMode.Named, Name: { } name } => Abstractions.ChatToolMode.RequireSpecific(name),
        { Mode: ChatToolMode.None } => Abstractions.ChatToolMode.None,
        { Mode: ChatToolMode.Auto } => Abstractions.ChatToolMode.Auto,
        _ => Abstractions.ChatToolMode.RequireAny,
    };

    private static Abstractions.ReasoningOptions? ReasoningOf(ChatThinking? thinking) => thinking switch
    {
        null => null,
        { Off: true } or { Effort: "none" } => new() { Effort = Abstractions.ReasoningEffort.None, Output = Abstractions.ReasoningOutput.None },
        _ => new() { Effort = EffortOf(thinking.Effort ?? MessagesThinking.OfBudget(thinking.Budget)), Output = Abstractions.ReasoningOutput.Full },
    };

    private static Abstractions.ReasoningEffort? EffortOf(string? word) => word switch
    {
        "minimal" or "low" => Abstractions.ReasoningEffort.Low,
        "medium" => Abstractions.ReasoningEffort.Medium,
        "high" => Abstractions.ReasoningEffort.High,
        "xhigh" or "max" => Abstractions.ReasoningEffort.ExtraHigh,
        _ => null,
    };

    /// <summary>A tool that the caller runs: the client may ask for it and never invoke it.</summary>
    private sealed class Tool(ChatTool tool) : Abstractions.AIFunctionDeclaration
    {
        private static readonly Dictionary<string, object?> Strict = new() { ["strict"] = true }, Loose = new() { ["strict"] = false }, Unsaid = [];

        public override string Name => tool.Name;

        public override string Description => tool.Description ?? "";

        public override JsonElement JsonSchema => tool.Schema;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => tool.Strict switch { true => Strict, false => Loose, null => Unsaid };
    }
}
