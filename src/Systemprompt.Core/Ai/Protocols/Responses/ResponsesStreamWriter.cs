using System.Buffers;
using System.Text;

namespace Systemprompt.Ai;

/// <summary>Writes a stream of the Responses format: every step with its number, and at each end once more all that was said, as the format has it.</summary>
internal sealed class ResponsesStreamWriter(AnswerFacts facts) : IChatStreamWriter
{
    private readonly List<ResponsesItem> _items = [];
    // By the block's number.
    private readonly Dictionary<int, ResponsesItem> _blocks = [];
    private int _sequence;
    private bool _begun;
    private bool _ended;

    public void Write(IBufferWriter<byte> output, ChatEvent step)
    {
        if (_ended) return;
        Begin(output);
        switch (step)
        {
            case BlockBegins begins when !_blocks.ContainsKey(begins.Index):
                foreach (var block in ResponsesItem.Of(begins.Block)) Start(output, begins.Index, block);
                break;
            case TextDelta delta:
                Delta(output, delta.Index, delta.Text);
                break;
            case ThinkingDelta delta:
                Delta(output, delta.Index, delta.Text);
                break;
            case InputDelta delta:
                Delta(output, delta.Index, delta.Json);
                break;
            case SignatureDelta delta when _blocks.TryGetValue(delta.Index, out var item):
                item.Proof += delta.Signature;
                break;
            case BlockEnds ends when _blocks.TryGetValue(ends.Index, out var item):
                Finish(output, item);
                break;
            case AnswerEnds ends:
                End(output, ends.End);
                break;
            case AnswerFails fails:
                _ended = true;
                Response(output, "response.failed", "failed", null, fails);
                break;
        }
    }

    private void Begin(IBufferWriter<byte> output)
    {
        if (_begun) return;
        _begun = true;
        Response(output, "response.created", "in_progress", null, null);
        Response(output, "response.in_progress", "in_progress", null, null);
    }

    private void Start(IBufferWriter<byte> output, int block, ChatBlock begun)
    {
        // A proof's own item has no number and is done at once.
        if (_blocks.TryGetValue(block, out var before)) Finish(output, before);
        var item = new ResponsesItem(begun, facts.Id, _items.Count);
        _items.Add(item);
        _blocks[block] = item;
        using (var frame = Frame(output, "response.output_item.added"))
        {
            frame.Json.WriteNumber("output_index"u8, item.Index);
            frame.Json.WritePropertyName("item"u8);
            item.Write(frame.Json);
        }

        if (!item.IsCall && !item.IsThinking) OpenPart(output, item);
        if (begun is RedactedThinkingBlock) Finish(output, item);
    }

    private void Delta(IBufferWriter<byte> output, int block, string piece)
    {
        if (!_blocks.TryGetValue(block, out var item) || item.IsDone || piece.Length == 0) return;
        item.Content.Append(piece);
        OpenPart(output, item);
        using var frame = InItem(output, item, item.IsCall ? "response.function_call_arguments.delta" : item.IsThinking ? "response.reasoning_summary_text.delta" : "response.output_text.delta");
        frame.Json.WriteString("delta"u8, piece);
    }

    private void Finish(IBufferWriter<byte> output, ResponsesItem item)
    {
        if (item.IsDone) return;
        item.IsDone = true;
        if (item.IsCall)
        {
            using var frame = InItem(output, item, "response.function_call_arguments.done");
            frame.Json.WriteString("arguments"u8, item.Text);
        }
        else if (item.HasPart)
        {
            using (var frame = InItem(output, item, item.IsThinking ? "response.reasoning_summary_text.done" : "response.output_text.done")) frame.Json.WriteString("text"u8, item.Text);
            Part(output, item, item.IsThinking ? "response.reasoning_summary_part.done" : "response.content_part.done", item.Text);
        }

        using var done = Frame(output, "response.output_item.done");
        done.Json.WriteNumber("output_index"u8, item.Index);
        done.Json.WritePropertyName("item"u8);
        item.Write(done.Json);
    }

    private void End(IBufferWriter<byte> output, ChatEnd end)
    {
        foreach (var item in _items) Finish(output, item);
        _ended = true;
        var status = ResponsesAnswerWriter.Status(end.Stop);
        Response(output, $"response.{status}", status, end, null);
    }

    private void OpenPart(IBufferWriter<byte> output, ResponsesItem item)
    {
        if (item.IsCall || item.HasPart) return;
        item.HasPart = true;
        Part(output, item, item.IsThinking ? "response.reasoning_summary_part.added" : "response.content_part.added", "");
    }

    private void Part(IBufferWriter<byte> output, ResponsesItem item, string type, string text)
    {
        using var frame = InItem(output, item, type);
        frame.Json.WritePropertyName("part"u8);
        item.Part(frame.Json, text);
    }

    private void Response(IBufferWriter<byte> output, string type, string status, ChatEnd? end, AnswerFails? failure)
    {
        using var frame = Frame(output, type);
        frame.Json.WritePropertyName("response"u8);
        ResponsesAnswerWriter.Response(frame.Json, facts, status, [.. _items.Where(item => item.IsDone)], end, failure);
    }

    private SseFrame InItem(IBufferWriter<byte> output, ResponsesItem item, string type)
    {
        var frame = Frame(output, type);
        frame.Json.WriteString("item_id"u8, item.Id);
        frame.Json.WriteNumber("output_index"u8, item.Index);
        if (!item.IsCall) frame.Json.WriteNumber(item.IsThinking ? "summary_index"u8 : "content_index"u8, 0);
        return frame;
    }

    private SseFrame Frame(IBufferWriter<byte> output, string type)
    {
        var frame = new SseFrame(output, Encoding.ASCII.GetBytes(type));
        frame.Json.WriteString("type"u8, type);
        frame.Json.WriteNumber("sequence_number"u8, _sequence++);
        return frame;
    }
}
