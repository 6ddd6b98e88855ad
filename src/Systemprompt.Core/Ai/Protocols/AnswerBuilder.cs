using System.Text;

namespace Systemprompt.Ai;

/// <summary>Puts the steps of a stream together to a whole answer.</summary>
internal sealed class AnswerBuilder
{
    private readonly List<Piece> _pieces = [];
    private string? _id;
    private string _model = "";

    /// <summary>How it ended; null while it has not.</summary>
    public ChatEnd? End { get; private set; }

    /// <summary>Why it failed; null when it did not.</summary>
    public AnswerFails? Failure { get; private set; }

    public void Add(ChatEvent step)
    {
        switch (step)
        {
            case AnswerBegins begins:
                (_id, _model) = (begins.Id, begins.Model);
                break;
            case BlockBegins begins:
                _pieces.Add(new Piece(begins.Block));
                break;
            case TextDelta delta:
                At(delta.Index)?.Content.Append(delta.Text);
                break;
            case ThinkingDelta delta:
                At(delta.Index)?.Content.Append(delta.Text);
                break;
            case InputDelta delta:
                At(delta.Index)?.Content.Append(delta.Json);
                break;
            case SignatureDelta delta when At(delta.Index) is { } piece:
                piece.Signature += delta.Signature;
                break;
            case AnswerEnds ends:
                End = ends.End;
                break;
            case AnswerFails fails:
                Failure = fails;
                break;
        }
    }

    /// <summary>What has come so far.</summary>
    public IReadOnlyList<ChatBlock> Blocks => [.. _pieces.Select(piece => piece.ToBlock())];

    public ChatAnswer Build() => new() { Id = _id, Model = _model, Blocks = Blocks, End = End ?? new ChatEnd(ChatStop.EndTurn, null, null) };

    private Piece? At(int index) => index >= 0 && index < _pieces.Count ? _pieces[index] : null;

    private sealed class Piece(ChatBlock begun)
    {
        public StringBuilder Content { get; } = new();

        public string? Signature { get; set; }

        public ChatBlock ToBlock() => begun switch
        {
            TextBlock text => text with { Text = text.Text + Content },
            ThinkingBlock thinking => new ThinkingBlock(thinking.Text + Content, Signature ?? thinking.Signature),
            ToolUseBlock call => call with { Input = call.Input + Content },
            _ => begun,
        };
    }
}
