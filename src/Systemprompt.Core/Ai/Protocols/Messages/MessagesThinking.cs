using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// How thinking is asked for. Claude's models up to 4.5 and other makers' take a budget; Claude's from 4.6 on weigh by themselves, and a word says
/// how much.
/// </summary>
internal readonly struct MessagesThinking
{
    private const long LeastBudget = 1024;

    private readonly bool _adaptive;
    private readonly string? _effort;

    private MessagesThinking(bool adaptive, long? budget, string? effort) => (_adaptive, Budget, _effort) = (adaptive, budget, effort);

    /// <summary>Tokens; null when there is no budget.</summary>
    public long? Budget { get; }

    public bool IsOn => _adaptive || Budget is not null;

    public static MessagesThinking For(ChatRequest request)
    {
        if (request.ThinkingMode == ThinkingMode.Ignore || request.Thinking is not { } thinking || thinking.Off || thinking.Effort == "none") return default;
        // A tool may be demanded only of a model that does not think.
        if (request.ToolChoice?.Mode is ChatToolMode.Required or ChatToolMode.Named) return default;
        if (Weighs(request.Model)) return new MessagesThinking(true, null, Word(thinking.Effort ?? OfBudget(thinking.Budget)));
        // With a budget, an answer that called a tool must begin with its thinking. A client whose protocol does not keep it has none to give back.
        if (CallWithoutThinking(request.Turns)) return default;
        var budget = thinking.Budget ?? OfEffort(thinking.Effort);
        // It counts towards the most tokens, so a budget of ours leaves half for the answer.
        if ((request.MaxTokens ?? MessagesRequestWriter.KnownMaximum(request.Model)) is { } most) budget = Math.Min(budget, thinking.Budget is null ? most / 2 : most - 1);
        return budget < LeastBudget ? default : new MessagesThinking(false, budget, null);
    }

    public void Write(Utf8JsonWriter json, ChatFormat? format)
    {
        if (IsOn)
        {
            json.WriteStartObject("thinking"u8);
            json.WriteString("type"u8, _adaptive ? "adaptive"u8 : "enabled"u8);
            json.Maybe("budget_tokens", Budget);
            json.WriteEndObject();
        }

        if (_effort is null && format?.Schema is null) return;
        json.WriteStartObject("output_config"u8);
        json.Maybe("effort", _effort);
        if (format?.Schema is { } schema)
        {
            json.WriteStartObject("format"u8);
            json.WriteString("type"u8, "json_schema"u8);
            json.Raw("schema", schema);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>The budget that a word comes to.</summary>
    public static long OfEffort(string? effort) => effort switch
    {
        "minimal" => LeastBudget,
        "low" => 2048,
        "high" => 16384,
        "xhigh" or "max" => 32000,
        _ => 8192,
    };

    /// <summary>The largest budget that a word comes to; none of a model that weighs by itself.</summary>
    public static long MostBudget(string model) => Weighs(model) ? 0 : OfEffort("max");

    /// <summary>The word that a budget comes to; null for none.</summary>
    public static string? OfBudget(long? budget) => budget switch
    {
        null => null,
        <= 4096 => "low",
        <= 16384 => "medium",
        _ => "high",
    };

    private static string? Word(string? effort) => effort == "minimal" ? "low" : effort;

    // claude-opus-4-6, claude-sonnet-5 and what follows; claude-3-7-sonnet and claude-haiku-4-5-20251001 are older.
    private static bool Weighs(string model)
    {
        var at = model.IndexOf("claude-", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return false;
        var parts = model[(at + "claude-".Length)..].Split('-', '.', '@', ':');
        if (parts.Length < 2 || char.IsAsciiDigit(parts[0].FirstOrDefault('0')) || !int.TryParse(parts[1], out var major)) return false;
        // A date may stand where the minor number does.
        var minor = parts.Length > 2 && parts[2].Length <= 2 && int.TryParse(parts[2], out var number) ? number : 0;
        return major > 4 || (major == 4 && minor >= 6);
    }

    private static bool CallWithoutThinking(IReadOnlyList<ChatTurn> turns)
    {
        var last = turns.LastOrDefault(turn => turn.Role == ChatRole.Assistant && turn.Blocks.Any(block => block is ToolUseBlock));
        return last is not null && last.Blocks.FirstOrDefault(MessagesBlockWriter.CanSay) is not (ThinkingBlock or RedactedThinkingBlock);
    }
}
