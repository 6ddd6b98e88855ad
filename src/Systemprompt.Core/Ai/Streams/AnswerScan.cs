using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Ai;

/// <summary>Has the policies read an answer before it leaves, in whatever form it passes. What they refuse becomes the fault that ends it.</summary>
internal sealed class AnswerScan(AnswerGuard guard)
{
    /// <summary>Texts that are whole belong to no other.</summary>
    private const int Whole = int.MinValue;

    // No answer has as many texts at one time, and policies may stop earlier; what comes beyond is read piece by piece.
    private const int MostOpen = 1024;

    private readonly List<int> _open = [];

    /// <summary>How many texts go on.</summary>
    internal int OpenTexts => _open.Count;

    public IReadOnlyList<PolicyStep> Findings => guard.Findings;

    /// <summary>Whether what was read last must be kept back until more has come.</summary>
    public bool IsUndecided => guard.IsUndecided;

    /// <summary>Reads a step of a converted stream.</summary>
    public GatewayFault? Read(ChatEvent step) => step switch
    {
        TextDelta text => Piece(text.Index, text.Text),
        ThinkingDelta text => Piece(text.Index, text.Text),
        InputDelta input => Piece(input.Index, input.Json),
        BlockBegins { Block: ToolUseBlock tool } => Text(tool.Name),
        BlockEnds end => End(end.Index),
        AnswerEnds => End(),
        _ => null,
    };

    /// <summary>Reads an answer that is whole.</summary>
    public GatewayFault? Read(ChatAnswer answer)
    {
        foreach (var block in answer.Blocks)
        {
            var fault = block switch
            {
                TextBlock text => Text(text.Text),
                ThinkingBlock thinking => Text(thinking.Text),
                ToolUseBlock tool => Text(tool.Name) ?? Text(tool.Input),
                _ => null,
            };
            if (fault is not null) return fault;
        }

        return null;
    }

    /// <summary>Reads an event of a stream that passes as it is.</summary>
    public GatewayFault? ReadEvent(ReadOnlySpan<byte> sse)
    {
        var read = SseEvent.Parse(sse);
        if (read.Data.IsEmpty) return null;
        var kind = read.Name;
        if (kind.SequenceEqual("ping"u8)) return null;
        var fault = AnswerTexts.Read(read.Data, this);
        // The parts of an answer end one after the other; calls of tools that interleave have no end of their own before the last.
        return fault ?? (kind.SequenceEqual("content_block_stop"u8) || kind.EndsWith(".done"u8) ? End() : null);
    }

    /// <summary>Reads an answer that passes in one piece as it is.</summary>
    public GatewayFault? ReadBody(ReadOnlySpan<byte> json) => AnswerTexts.Read(json, this);

    /// <summary>Ends every text that is open.</summary>
    public GatewayFault? End()
    {
        while (_open.Count > 0)
            if (End(_open[^1]) is { } fault) return fault;
        return null;
    }

    /// <summary>Reads a text of its own.</summary>
    internal GatewayFault? Text(ReadOnlySpan<char> text) => text.IsEmpty ? null : Judge(new AnswerText { Block = Whole, Text = text, Ends = true });

    /// <summary>Reads a piece of a text that goes on.</summary>
    internal GatewayFault? Piece(int block, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return null;
        if (!_open.Contains(block))
        {
            if (_open.Count == MostOpen) return Text(text);
            _open.Add(block);
        }

        return Judge(new AnswerText { Block = block, Text = text });
    }

    private GatewayFault? End(int block) => _open.Remove(block) ? Judge(new AnswerText { Block = block, Ends = true }) : null;

    private GatewayFault? Judge(in AnswerText text) => guard.Read(text) is { } refusal ? GatewayFault.AnswerRefused(refusal) : null;
}
