namespace Systemprompt.Ai;

/// <summary>
/// Makes steps of a stream whose pieces do not say where a block begins and ends: text and thinking end where something else begins, calls of
/// tools stay open, as their pieces may interleave, until all ends.
/// </summary>
internal sealed class BlockSteps
{
    /// <summary>Characters of one answer. No model writes as much; a provider that never stops must not fill the memory.</summary>
    private const long Longest = 64 * 1024 * 1024;

    private readonly SortedSet<int> _tools = [];
    private int _next;
    private int? _text;
    private int? _thinking;
    private bool _signed;
    private long _length;

    public bool Begun { get; private set; }

    /// <summary>True when a tool was called.</summary>
    public bool HasTools { get; private set; }

    public void Begin(ICollection<ChatEvent> steps, string? id, string model, TokenUsage? usage = null)
    {
        if (Begun) return;
        Begun = true;
        steps.Add(new AnswerBegins(id, model, usage));
    }

    /// <summary>True while a block of thinking is open.</summary>
    public bool IsThinking => _thinking is not null;

    public void Text(ICollection<ChatEvent> steps, string text)
    {
        if (text.Length == 0) return;
        Grow(text);
        EndThinking(steps);
        if (_text is null) steps.Add(new BlockBegins((_text = _next++).Value, new TextBlock("")));
        steps.Add(new TextDelta(_text.Value, text));
    }

    public void Thinking(ICollection<ChatEvent> steps, string text)
    {
        if (text.Length == 0) return;
        Grow(text);
        if (_signed) EndThinking(steps);
        steps.Add(new ThinkingDelta(OpenThinking(steps), text));
    }

    /// <summary>A proof of the thinking that is open, or of thinking that is not shown.</summary>
    /// <param name="steps">Where it goes.</param>
    /// <param name="signature">With its mark.</param>
    /// <param name="isMark">True when it stands for thinking to come and proves nothing of what came.</param>
    public void Signature(ICollection<ChatEvent> steps, string signature, bool isMark = false)
    {
        Grow(signature);
        if (_signed) EndThinking(steps);
        steps.Add(new SignatureDelta(OpenThinking(steps), signature));
        _signed = !isMark;
    }

    /// <returns>The block's number, for its input.</returns>
    public int Tool(ICollection<ChatEvent> steps, ToolUseBlock call)
    {
        EndProse(steps);
        HasTools = true;
        _tools.Add(_next);
        steps.Add(new BlockBegins(_next, call));
        return _next++;
    }

    public void Input(ICollection<ChatEvent> steps, int tool, string json)
    {
        if (json.Length == 0) return;
        Grow(json);
        steps.Add(new InputDelta(tool, json));
    }

    public void EndTool(ICollection<ChatEvent> steps, int tool)
    {
        if (_tools.Remove(tool)) steps.Add(new BlockEnds(tool));
    }

    public void EndThinking(ICollection<ChatEvent> steps)
    {
        if (_thinking is { } open) steps.Add(new BlockEnds(open));
        (_thinking, _signed) = (null, false);
    }

    public void EndAll(ICollection<ChatEvent> steps)
    {
        EndProse(steps);
        foreach (var tool in _tools) steps.Add(new BlockEnds(tool));
        _tools.Clear();
    }

    private void EndProse(ICollection<ChatEvent> steps)
    {
        EndThinking(steps);
        if (_text is { } open) steps.Add(new BlockEnds(open));
        _text = null;
    }

    private int OpenThinking(ICollection<ChatEvent> steps)
    {
        if (_thinking is { } open) return open;
        EndProse(steps);
        _thinking = _next++;
        steps.Add(new BlockBegins(_thinking.Value, new ThinkingBlock("", null)));
        return _thinking.Value;
    }

    private void Grow(string piece)
    {
        _length += piece.Length;
        if (_length > Longest) throw new ConversionException("the provider's answer is longer than any that is taken");
    }
}
