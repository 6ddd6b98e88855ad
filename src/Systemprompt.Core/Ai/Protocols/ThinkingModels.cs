namespace Systemprompt.Ai;

/// <summary>
/// Which models are known to think. Others refuse a call that says how hard to, and clients such as Claude Code say it in every call; so only these are
/// told, unless the profile says otherwise (<see cref="ThinkingMode"/>).
/// </summary>
internal static class ThinkingModels
{
    /// <summary>What the provider is told of thinking; null for nothing.</summary>
    public static ChatThinking? Told(ChatRequest request) => request.ThinkingMode switch
    {
        ThinkingMode.Send => request.Thinking,
        ThinkingMode.Ignore => null,
        _ => Think(request.Model) ? request.Thinking : null,
    };

    /// <summary>Whether it is known by its name, which can have its maker's in front, that the model thinks.</summary>
    public static bool Think(string model) => ThinkAtOpenAi(model) || IsGptOss(NameOf(model)) || IsGemini(NameOf(model));

    /// <summary>True for o1, o3, o4, gpt-5 and later: the models that OpenAI itself serves.</summary>
    public static bool ThinkAtOpenAi(string model)
    {
        var name = NameOf(model);
        // gpt-5-chat-latest and its like do not think.
        if (name.Contains("-chat", StringComparison.OrdinalIgnoreCase)) return false;
        // 35 is how Azure writes 3.5.
        if (name.StartsWith("gpt-", StringComparison.OrdinalIgnoreCase)) return Number(name["gpt-".Length..]) is >= 5 and not 35;
        return name.StartsWith("o", StringComparison.OrdinalIgnoreCase) && Number(name[1..]) is 1 or 3 or 4;
    }

    /// <summary>Whether the model has the word xhigh: gpt-5.2 and later, and gpt-5.1-codex-max. Older ones refuse a call with it.</summary>
    public static bool KnowsExtraHigh(string model)
    {
        var name = NameOf(model);
        return IsGpt5From(name, 2) || (IsGpt5From(name, 0) && name.Contains("-codex-max", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// What OpenAI is told in a call with tools over Chat Completions: there its models from gpt-5.4 on call tools only when they do not think, and refuse a call
    /// that says how hard to. Over Responses they do both.
    /// </summary>
    /// <param name="model">With its maker's name in front it is another server's, which sees to this itself.</param>
    /// <param name="effort">What it would be told without tools.</param>
    public static string? EffortWithTools(string model, string? effort)
    {
        if (model.Contains('/', StringComparison.Ordinal) || !ThinkAtOpenAi(model) || !IsGpt5From(model, 4)) return effort;
        // gpt-5.4 does not think unless it is told to, and once refused the word for that too. Later ones think unless they are told not to; but astra, which
        // cannot be told and calls no tools there: its refusal should say so.
        return IsGpt5From(model, 5) && !model.Contains("-astra", StringComparison.OrdinalIgnoreCase) ? "none" : null;
    }

    /// <summary>True for gpt-5 from this minor number on, and for what comes after gpt-5.</summary>
    private static bool IsGpt5From(ReadOnlySpan<char> name, int minor)
    {
        if (!name.StartsWith("gpt-", StringComparison.OrdinalIgnoreCase)) return false;
        var version = name["gpt-".Length..];
        return Number(version) switch
        {
            > 5 => true,
            5 => minor == 0 || (version.StartsWith("5.") && Number(version["5.".Length..]) >= minor),
            _ => false,
        };
    }

    private static bool IsGptOss(ReadOnlySpan<char> name) => name.StartsWith("gpt-oss", StringComparison.OrdinalIgnoreCase);

    // Of these lines, models that draw or speak are told nothing.
    private static bool IsGemini(ReadOnlySpan<char> name)
    {
        if (!name.StartsWith("gemini-", StringComparison.OrdinalIgnoreCase)) return false;
        if (name.Contains("-image", StringComparison.OrdinalIgnoreCase) || name.Contains("-tts", StringComparison.OrdinalIgnoreCase)) return false;
        var version = name["gemini-".Length..];
        return version.StartsWith("2.5", StringComparison.Ordinal) || Number(version) >= 3;
    }

    private static ReadOnlySpan<char> NameOf(string model) => model.AsSpan(model.LastIndexOf('/') + 1);

    /// <summary>The whole number that the text begins with; 0 for none.</summary>
    private static int Number(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text[..end], out var number) ? number : 0;
    }
}
