using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a request of the Chat Completions format.</summary>
internal static class ChatRequestWriter
{
    public static void Write(IBufferWriter<byte> output, ChatRequest request, CacheMarks marks)
    {
        ChatWords.CheckCache(request, marks, canKeep: true);
        var messages = new ChatMessageWriter(marks == CacheMarks.Keep);
        using var json = JsonOutput.Writer(output);
        json.WriteStartObject();
        json.WriteString("model"u8, request.Model);
        json.WriteStartArray("messages"u8);
        messages.System(json, request.System);
        foreach (var turn in request.Turns) messages.Turn(json, turn);
        json.WriteEndArray();
        Tools(json, request, messages);
        json.Maybe(IsOpenAis(request.Model) ? "max_completion_tokens" : "max_tokens", request.MaxTokens);
        json.Maybe("temperature", request.Temperature);
        json.Maybe("top_p", request.TopP);
        json.Maybe("stop", request.Stop);
        json.Maybe("reasoning_effort", Effort(request));
        Format(json, request.Format);
        json.Maybe("user", request.EndUser is { Length: <= 64 } user ? user : null);
        messages.Cache(json, request.Cache);
        if (request.Stream)
        {
            json.WriteBoolean("stream"u8, true);
        }

        if (request is { Stream: true, AsksUsage: true })
        {
            json.WriteStartObject("stream_options"u8);
            json.WriteBoolean("include_usage"u8, true);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // OpenAI's newer models refuse max_tokens, many other servers know nothing else.
    private static bool IsOpenAis(string model)
    {
        var name = model[(model.LastIndexOf('/') + 1)..];
        return (name.StartsWith("gpt-", StringComparison.Ordinal) && !name.StartsWith("gpt-oss", StringComparison.Ordinal))
            || (name.Length > 1 && name[0] == 'o' && char.IsAsciiDigit(name[1]));
    }

    // What the profile says of thinking goes before what is known of a model.
    private static string? Effort(ChatRequest request)
    {
        var effort = ChatWords.Effort(request);
        return request is { ThinkingMode: ThinkingMode.Auto, Tools.Count: > 0 } ? ThinkingModels.EffortWithTools(request.Model, effort) : effort;
    }

    private static void Tools(Utf8JsonWriter json, ChatRequest request, ChatMessageWriter messages)
    {
        if (request.Tools.Count == 0) return;
        json.WriteStartArray("tools"u8);
        foreach (var tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, tool.Name);
            json.Maybe("description", tool.Description);
            json.Raw("parameters", tool.Schema);
            json.Maybe("strict", tool.Strict);
            json.WriteEndObject();
            messages.Cache(json, tool.Cache);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (request.ToolChoice is { Mode: ChatToolMode.Named, Name: { } name })
        {
            json.WriteStartObject("tool_choice"u8);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else if (request.ToolChoice is { } choice)
        {
            json.WriteString("tool_choice"u8, ChatWords.Choice(choice.Mode));
        }

        json.Maybe("parallel_tool_calls", request.ParallelTools);
    }

    private static void Format(Utf8JsonWriter json, ChatFormat? format)
    {
        if (format is null) return;
        json.WriteStartObject("response_format"u8);
        json.WriteString("type"u8, format.Schema is null ? "json_object"u8 : "json_schema"u8);
        if (format.Schema is { } schema)
        {
            json.WriteStartObject("json_schema"u8);
            json.WriteString("name"u8, format.Name ?? "answer");
            json.Raw("schema", schema);
            json.Maybe("strict", format.Strict);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
