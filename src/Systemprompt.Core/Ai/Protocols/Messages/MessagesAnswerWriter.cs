using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a whole answer in the Messages format.</summary>
internal static class MessagesAnswerWriter
{
    public static void Write(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts)
    {
        using var json = JsonOutput.Writer(output);
        json.WriteStartObject();
        MessagesWords.Head(json, facts);
        json.WriteStartArray("content"u8);
        foreach (var block in answer.Blocks) Block(json, block);
        json.WriteEndArray();
        json.WriteString("stop_reason"u8, MessagesWords.Stop(answer.End.Stop));
        json.WriteString("stop_sequence"u8, answer.End.Sequence);
        MessagesWords.Usage(json, answer.End.Usage ?? default);
        json.WriteEndObject();
    }

    private static void Block(Utf8JsonWriter json, ChatBlock block)
    {
        // A call's own proof travels as thinking without words in front of it: clients give thinking back unaltered.
        if (block is ToolUseBlock { Signature: { } proof }) Block(json, new ThinkingBlock("", proof));
        json.WriteStartObject();
        switch (block)
        {
            case TextBlock text:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text.Text);
                break;
            case ThinkingBlock thinking:
                json.WriteString("type"u8, "thinking"u8);
                json.WriteString("thinking"u8, thinking.Text);
                json.WriteString("signature"u8, thinking.Signature ?? "");
                break;
            case RedactedThinkingBlock redacted:
                json.WriteString("type"u8, "redacted_thinking"u8);
                json.WriteString("data"u8, redacted.Data);
                break;
            case ToolUseBlock call:
                json.WriteString("type"u8, "tool_use"u8);
                json.WriteString("id"u8, call.Id);
                json.WriteString("name"u8, call.Name);
                ToolInput.WriteObject(json, "input", call.Input);
                break;
            default:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, "(the model answered with what this protocol has no form for)");
                break;
        }

        json.WriteEndObject();
    }
}
