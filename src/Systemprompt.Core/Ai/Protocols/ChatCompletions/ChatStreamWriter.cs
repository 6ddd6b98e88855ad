using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a stream of the Chat Completions format. Proofs of thinking have no place in it, except a call's own.</summary>
/// <param name="facts">What every chunk says.</param>
/// <param name="withUsage">Whether the client asked for a last chunk that counts tokens.</param>
internal sealed class ChatStreamWriter(AnswerFacts facts, bool withUsage) : IChatStreamWriter
{
    // The number of each call's block, and whether its input has begun.
    private readonly Dictionary<int, (int Number, bool HasInput)> _calls = [];
    private bool _begun;
    private bool _ended;

    /// <summary>True when the request asks for the chunk that counts tokens.</summary>
    public static bool AsksUsage(ReadOnlyMemory<byte> request)
    {
        using var document = JsonBody.OfClient(request);
        return JsonPlace.Root(document.RootElement).Find("stream_options") is { Kind: JsonValueKind.Object } options && options.Find("include_usage") is { Kind: JsonValueKind.True };
    }

    public void Write(IBufferWriter<byte> output, ChatEvent step)
    {
        if (_ended) return;
        if (step is not AnswerFails) Begin(output);
        switch (step)
        {
            case BlockBegins { Block: ToolUseBlock call } begins when _calls.TryAdd(begins.Index, (_calls.Count, false)):
                Call(output, _calls[begins.Index].Number, call, null);
                break;
            case InputDelta delta when _calls.TryGetValue(delta.Index, out var open):
                _calls[delta.Index] = open with { HasInput = true };
                Call(output, open.Number, null, delta.Json);
                break;
            // No client reads an empty text as an object.
            case BlockEnds ends when _calls.TryGetValue(ends.Index, out var open) && !open.HasInput:
                _calls[ends.Index] = open with { HasInput = true };
                Call(output, open.Number, null, "{}");
                break;
            case TextDelta delta:
                Piece(output, "content"u8, delta.Text);
                break;
            case ThinkingDelta delta:
                Piece(output, "reasoning_content"u8, delta.Text);
                break;
            case AnswerEnds ends:
                Finish(output, ends.End);
                break;
            case AnswerFails fails:
                Fail(output, fails);
                break;
        }
    }

    private void Begin(IBufferWriter<byte> output)
    {
        if (_begun) return;
        _begun = true;
        using var frame = new SseFrame(output, default);
        Open(frame.Json);
        frame.Json.WriteString("role"u8, "assistant"u8);
        frame.Json.WriteString("content"u8, ""u8);
        Close(frame.Json, null);
    }

    private void Piece(IBufferWriter<byte> output, ReadOnlySpan<byte> field, string text)
    {
        using var frame = new SseFrame(output, default);
        Open(frame.Json);
        frame.Json.WriteString(field, text);
        Close(frame.Json, null);
    }

    private void Call(IBufferWriter<byte> output, int number, ToolUseBlock? begun, string? input)
    {
        using var frame = new SseFrame(output, default);
        Open(frame.Json);
        frame.Json.WriteStartArray("tool_calls"u8);
        frame.Json.WriteStartObject();
        frame.Json.WriteNumber("index"u8, number);
        if (begun is not null)
        {
            frame.Json.WriteString("id"u8, begun.Id);
            frame.Json.WriteString("type"u8, "function"u8);
        }

        frame.Json.WriteStartObject("function"u8);
        frame.Json.Maybe("name", begun?.Name);
        frame.Json.WriteString("arguments"u8, input ?? "");
        frame.Json.WriteEndObject();
        ChatAnswerWriter.Proof(frame.Json, begun?.Signature);
        frame.Json.WriteEndObject();
        frame.Json.WriteEndArray();
        Close(frame.Json, null);
    }

    private void Finish(IBufferWriter<byte> output, ChatEnd end)
    {
        foreach (var (block, call) in _calls.Where(call => !call.Value.HasInput).ToList()) Call(output, call.Number, null, "{}");
        _ended = true;
        using (var frame = new SseFrame(output, default))
        {
            Open(frame.Json);
            Close(frame.Json, ChatAnswerWriter.Finish(end.Stop));
        }

        if (withUsage)
        {
            using var frame = new SseFrame(output, default);
            ChatAnswerWriter.Head(frame.Json, facts, "chat.completion.chunk"u8);
            frame.Json.WriteStartArray("choices"u8);
            frame.Json.WriteEndArray();
            ChatAnswerWriter.Usage(frame.Json, end.Usage ?? default);
        }

        output.Write("data: [DONE]\n\n"u8);
    }

    // OpenAI closes a failed stream without [DONE].
    private void Fail(IBufferWriter<byte> output, AnswerFails fails)
    {
        _ended = true;
        using var frame = new SseFrame(output, default);
        frame.Json.WriteStartObject("error"u8);
        frame.Json.WriteString("message"u8, fails.Message);
        frame.Json.WriteString("type"u8, fails.Type);
        frame.Json.WriteNull("param"u8);
        frame.Json.WriteNull("code"u8);
        frame.Json.WriteEndObject();
    }

    private void Open(Utf8JsonWriter json)
    {
        ChatAnswerWriter.Head(json, facts, "chat.completion.chunk"u8);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("delta"u8);
    }

    private static void Close(Utf8JsonWriter json, string? finish)
    {
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
