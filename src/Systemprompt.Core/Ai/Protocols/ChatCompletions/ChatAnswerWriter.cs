using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a whole answer in the Chat Completions format, and what its stream has in common with it.</summary>
internal static class ChatAnswerWriter
{
    public static void Write(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts)
    {
        using var json = JsonOutput.Writer(output);
        json.WriteStartObject();
        Head(json, facts, "chat.completion"u8);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        Message(json, answer);
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, Finish(answer.End.Stop));
        json.WriteEndObject();
        json.WriteEndArray();
        Usage(json, answer.End.Usage ?? default);
        json.WriteEndObject();
    }

    public static void Head(Utf8JsonWriter json, in AnswerFacts facts, ReadOnlySpan<byte> kind)
    {
        json.WriteString("id"u8, $"chatcmpl-{facts.Id:N}");
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, facts.CreatedAt.ToUnixTimeSeconds());
        json.WriteString("model"u8, facts.Model);
    }

    public static string Finish(ChatStop stop) => stop switch
    {
        ChatStop.MaxTokens => "length",
        ChatStop.ToolUse => "tool_calls",
        ChatStop.Refusal => "content_filter",
        _ => "stop",
    };

    public static void Usage(Utf8JsonWriter json, in TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, usage.Output);
        json.WriteNumber("total_tokens"u8, usage.Prompt + usage.Output);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.CacheRead);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A call's proof, where Google's own form of this format has it and its clients give it back from.</summary>
    public static void Proof(Utf8JsonWriter json, string? proof)
    {
        if (proof is null) return;
        json.WriteStartObject("extra_content"u8);
        json.WriteStartObject("google"u8);
        json.WriteString("thought_signature"u8, proof);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Message(Utf8JsonWriter json, ChatAnswer answer)
    {
        var text = string.Concat(answer.Blocks.OfType<TextBlock>().Select(block => block.Text));
        var thinking = string.Concat(answer.Blocks.OfType<ThinkingBlock>().Select(block => block.Text));
        List<ToolUseBlock> calls = [.. answer.Blocks.OfType<ToolUseBlock>()];
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, text.Length == 0 && calls.Count > 0 ? null : text);
        if (thinking.Length > 0) json.WriteString("reasoning_content"u8, thinking);
        json.WriteNull("refusal"u8);
        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in calls) Call(json, call);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Call(Utf8JsonWriter json, ToolUseBlock call)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, call.Id);
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, call.Name);
        json.WriteString("arguments"u8, ToolInput.AsText(call.Input));
        json.WriteEndObject();
        Proof(json, call.Signature);
        json.WriteEndObject();
    }
}
