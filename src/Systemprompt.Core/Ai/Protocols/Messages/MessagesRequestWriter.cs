using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Writes a request of Anthropic's Messages format. Instructions from the middle of a conversation go to the top, where this format has them; what
/// one side said in several turns is put together, as sides must alternate.
/// </summary>
internal static class MessagesRequestWriter
{
    // The format demands a number. What an unknown model can write is not known, and more than it can is refused.
    private const long UnknownMaximum = 4096;

    // Enough for a long answer and the thinking before it; as much is reserved of budgets.
    private const long LargestDefault = 32_000;

    /// <summary>The most tokens that a model is asked for when the client says none; thinking counts towards them.</summary>
    public static long DefaultMaximum(string model) => KnownMaximum(model) ?? UnknownMaximum;

    /// <summary>The same of a model whose limit is known; null of another.</summary>
    public static long? KnownMaximum(string model) => KnownModels.Find(model)?.MaxOutput is { } most ? Math.Min(most, LargestDefault) : null;

    /// <summary>The most tokens that a model may be asked for when a client of another protocol says none, however hard it shall think.</summary>
    public static long MostAsked(string model) => KnownMaximum(model) ?? UnknownMaximum + MessagesThinking.MostBudget(model);

    public static void Write(IBufferWriter<byte> output, ChatRequest request)
    {
        using var json = JsonOutput.Writer(output);
        var thinking = MessagesThinking.For(request);
        json.WriteStartObject();
        json.WriteString("model"u8, request.Model);
        json.WriteNumber("max_tokens"u8, MaxTokens(request, thinking));
        System(json, request);
        json.WriteStartArray("messages"u8);
        foreach (var (role, blocks) in Sides(request.Turns)) Message(json, role, blocks);
        json.WriteEndArray();
        Tools(json, request);
        Sampling(json, request, thinking);
        json.Maybe("stop_sequences", [.. request.Stop.Where(stop => !string.IsNullOrWhiteSpace(stop))]);
        if (request.Stream) json.WriteBoolean("stream"u8, true);
        MessagesBlockWriter.Cache(json, request.Cache);
        thinking.Write(json, request.Format);
        if (request.EndUser is { } user)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteString("user_id"u8, user);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // A budget counts towards the most tokens and must be less: it was cut to what is known, and goes on top of what is not.
    private static long MaxTokens(ChatRequest request, in MessagesThinking thinking) =>
        request.MaxTokens ?? KnownMaximum(request.Model) ?? UnknownMaximum + (thinking.Budget ?? 0);

    private static void System(Utf8JsonWriter json, ChatRequest request)
    {
        List<ChatBlock> blocks = [.. request.System, .. request.Turns.Where(turn => turn.Role == ChatRole.System).SelectMany(turn => turn.Blocks)];
        if (request.Format is { Schema: null }) blocks.Add(new TextBlock("Answer with one JSON object and nothing else."));
        if (blocks.Count == 0) return;
        json.WriteStartArray("system"u8);
        foreach (var block in blocks) MessagesBlockWriter.Write(json, block);
        json.WriteEndArray();
    }

    private static List<(ChatRole Role, List<ChatBlock> Blocks)> Sides(IReadOnlyList<ChatTurn> turns)
    {
        List<(ChatRole Role, List<ChatBlock> Blocks)> sides = [];
        foreach (var turn in turns)
        {
            if (turn.Role == ChatRole.System) continue;
            if (sides.Count == 0 || sides[^1].Role != turn.Role) sides.Add((turn.Role, []));
            sides[^1].Blocks.AddRange(turn.Blocks.Where(MessagesBlockWriter.CanSay));
        }

        sides.RemoveAll(side => side.Blocks.Count == 0);
        return sides;
    }

    private static void Message(Utf8JsonWriter json, ChatRole role, List<ChatBlock> blocks)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, role == ChatRole.User ? "user"u8 : "assistant"u8);
        json.WriteStartArray("content"u8);
        // Results must stand first among what a user says.
        foreach (var block in blocks.OrderBy(block => role == ChatRole.User && block is not ToolResultBlock)) MessagesBlockWriter.Write(json, block);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Tools(Utf8JsonWriter json, ChatRequest request)
    {
        if (request.Tools.Count == 0) return;
        json.WriteStartArray("tools"u8);
        foreach (var tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tool.Name);
            json.Maybe("description", tool.Description);
            json.Raw("input_schema", tool.Schema);
            if (tool.Strict == true) json.WriteBoolean("strict"u8, true);
            MessagesBlockWriter.Cache(json, tool.Cache);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        var choice = request.ToolChoice;
        if (choice is null && request.ParallelTools is not false) return;
        json.WriteStartObject("tool_choice"u8);
        json.WriteString("type"u8, choice?.Mode switch
        {
            ChatToolMode.None => "none"u8,
            ChatToolMode.Required => "any"u8,
            ChatToolMode.Named => "tool"u8,
            _ => "auto"u8,
        });
        json.Maybe("name", choice?.Name);
        if (request.ParallelTools == false && choice?.Mode != ChatToolMode.None) json.WriteBoolean("disable_parallel_tool_use"u8, true);
        json.WriteEndObject();
    }

    // With thinking, Anthropic refuses these; and 1, which OpenAI's clients like to send, is what it takes anyway.
    private static void Sampling(Utf8JsonWriter json, ChatRequest request, in MessagesThinking thinking)
    {
        if (thinking.IsOn) return;
        if (request.Temperature is { } temperature and not 1) json.WriteNumber("temperature"u8, temperature);
        if (request.TopP is { } part and not 1) json.WriteNumber("top_p"u8, part);
        json.Maybe("top_k", request.TopK);
    }
}
