using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>
/// Writes a stream of the Messages format. Here one block follows the other, so what belongs to a later block waits until the earlier one has ended:
/// only the inputs of parallel calls interleave, and no client uses them before all is said.
/// </summary>
internal sealed class MessagesStreamWriter(AnswerFacts facts) : IChatStreamWriter
{
    private readonly Queue<int> _order = [];
    private readonly Dictionary<int, List<ChatEvent>> _waiting = [];
    private readonly HashSet<int> _seen = [];
    private TokenUsage _usage;
    private int _index = -1;
    private int? _current;
    private bool _begun;
    private bool _ended;

    public void Write(IBufferWriter<byte> output, ChatEvent step)
    {
        if (_ended) return;
        switch (step)
        {
            case AnswerBegins begins:
                Begin(output, begins.Usage);
                break;
            case AnswerEnds ends:
                Finish(output, ends.End);
                break;
            case AnswerFails fails:
                Fail(output, fails);
                break;
            default:
                if (IndexOf(step) is { } block) Place(output, block, step);
                break;
        }
    }

    private void Begin(IBufferWriter<byte> output, TokenUsage? usage)
    {
        if (_begun) return;
        _begun = true;
        _usage = usage ?? default;
        using var frame = new SseFrame(output, "message_start"u8);
        frame.Json.WriteString("type"u8, "message_start"u8);
        frame.Json.WriteStartObject("message"u8);
        MessagesWords.Head(frame.Json, facts);
        frame.Json.WriteStartArray("content"u8);
        frame.Json.WriteEndArray();
        frame.Json.WriteNull("stop_reason"u8);
        frame.Json.WriteNull("stop_sequence"u8);
        MessagesWords.Usage(frame.Json, _usage);
        frame.Json.WriteEndObject();
    }

    private void Place(IBufferWriter<byte> output, int block, ChatEvent step)
    {
        Begin(output, null);
        if (step is BlockBegins)
        {
            if (!_seen.Add(block)) return;
            if (_current is not null)
            {
                _order.Enqueue(block);
                _waiting.Add(block, [step]);
                return;
            }

            _current = block;
        }

        if (block == _current) Now(output, step);
        else if (_waiting.TryGetValue(block, out var steps)) steps.Add(step);
    }

    // The block that is open; what waited follows when it has ended.
    private void Now(IBufferWriter<byte> output, ChatEvent step)
    {
        MessagesFrames.Write(output, step, ref _index);
        while (step is BlockEnds)
        {
            _current = null;
            if (!_order.TryDequeue(out var next)) return;
            _current = next;
            _waiting.Remove(next, out var steps);
            foreach (var waited in steps!)
            {
                MessagesFrames.Write(output, step = waited, ref _index);
                if (step is BlockEnds) break;
            }
        }
    }

    private void Finish(IBufferWriter<byte> output, ChatEnd end)
    {
        Begin(output, null);
        while (_current is { } open) Now(output, new BlockEnds(open));
        _ended = true;
        using (var frame = new SseFrame(output, "message_delta"u8))
        {
            frame.Json.WriteString("type"u8, "message_delta"u8);
            frame.Json.WriteStartObject("delta"u8);
            frame.Json.WriteString("stop_reason"u8, MessagesWords.Stop(end.Stop));
            frame.Json.WriteString("stop_sequence"u8, end.Sequence);
            frame.Json.WriteEndObject();
            MessagesWords.Usage(frame.Json, end.Usage ?? _usage);
        }

        using var stop = new SseFrame(output, "message_stop"u8);
        stop.Json.WriteString("type"u8, "message_stop"u8);
    }

    private void Fail(IBufferWriter<byte> output, AnswerFails fails)
    {
        _ended = true;
        using var frame = new SseFrame(output, "error"u8);
        frame.Json.WriteString("type"u8, "error"u8);
        frame.Json.WriteStartObject("error"u8);
        frame.Json.WriteString("type"u8, fails.Type);
        frame.Json.WriteString("message"u8, fails.Message);
        frame.Json.WriteEndObject();
    }

    private static int? IndexOf(ChatEvent step) => step switch
    {
        BlockBegins begins => begins.Index,
        TextDelta delta => delta.Index,
        ThinkingDelta delta => delta.Index,
        InputDelta delta => delta.Index,
        SignatureDelta delta => delta.Index,
        BlockEnds ends => ends.Index,
        _ => null,
    };
}

/// <summary>The events inside of one block after the other.</summary>
internal static class MessagesFrames
{
    /// <param name="output">Where it goes.</param>
    /// <param name="step">Of the block that is open, or the beginning of the next.</param>
    /// <param name="index">The open block's number.</param>
    public static void Write(IBufferWriter<byte> output, ChatEvent step, ref int index)
    {
        switch (step)
        {
            case BlockBegins begins:
                // See MessagesAnswerWriter: a call's own proof goes first.
                if (begins.Block is ToolUseBlock { Signature: { } proof })
                {
                    Start(output, new ThinkingBlock("", null), ++index);
                    Delta(output, "signature_delta"u8, "signature"u8, proof, index);
                    Stop(output, index);
                }

                Start(output, begins.Block, ++index);
                break;
            case TextDelta delta:
                Delta(output, "text_delta"u8, "text"u8, delta.Text, index);
                break;
            case ThinkingDelta delta:
                Delta(output, "thinking_delta"u8, "thinking"u8, delta.Text, index);
                break;
            case InputDelta delta:
                Delta(output, "input_json_delta"u8, "partial_json"u8, delta.Json, index);
                break;
            case SignatureDelta delta:
                Delta(output, "signature_delta"u8, "signature"u8, delta.Signature, index);
                break;
            case BlockEnds:
                Stop(output, index);
                break;
        }
    }

    private static void Start(IBufferWriter<byte> output, ChatBlock block, int index)
    {
        using var frame = new SseFrame(output, "content_block_start"u8);
        frame.Json.WriteString("type"u8, "content_block_start"u8);
        frame.Json.WriteNumber("index"u8, index);
        frame.Json.WriteStartObject("content_block"u8);
        switch (block)
        {
            case ThinkingBlock:
                frame.Json.WriteString("type"u8, "thinking"u8);
                frame.Json.WriteString("thinking"u8, ""u8);
                frame.Json.WriteString("signature"u8, ""u8);
                break;
            case RedactedThinkingBlock redacted:
                frame.Json.WriteString("type"u8, "redacted_thinking"u8);
                frame.Json.WriteString("data"u8, redacted.Data);
                break;
            case ToolUseBlock call:
                frame.Json.WriteString("type"u8, "tool_use"u8);
                frame.Json.WriteString("id"u8, call.Id);
                frame.Json.WriteString("name"u8, call.Name);
                frame.Json.WriteStartObject("input"u8);
                frame.Json.WriteEndObject();
                break;
            default:
                frame.Json.WriteString("type"u8, "text"u8);
                frame.Json.WriteString("text"u8, ""u8);
                break;
        }

        frame.Json.WriteEndObject();
    }

    private static void Delta(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, string value, int index)
    {
        using var frame = new SseFrame(output, "content_block_delta"u8);
        frame.Json.WriteString("type"u8, "content_block_delta"u8);
        frame.Json.WriteNumber("index"u8, index);
        frame.Json.WriteStartObject("delta"u8);
        frame.Json.WriteString("type"u8, type);
        frame.Json.WriteString(name, value);
        frame.Json.WriteEndObject();
    }

    private static void Stop(IBufferWriter<byte> output, int index)
    {
        using var frame = new SseFrame(output, "content_block_stop"u8);
        frame.Json.WriteString("type"u8, "content_block_stop"u8);
        frame.Json.WriteNumber("index"u8, index);
    }
}
