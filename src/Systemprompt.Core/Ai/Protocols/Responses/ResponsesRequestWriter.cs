using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a request of the Responses format. Nothing is to be stored, so thinking must travel with the call.</summary>
internal static class ResponsesRequestWriter
{
    private const long LeastTokens = 16;

    public static void Write(IBufferWriter<byte> output, ChatRequest request, CacheMarks marks)
    {
        ChatWords.CheckCache(request, marks, canKeep: false);
        if (request.Stop.Count > 0) throw new ConversionException("stop sequences cannot be given to the provider, whose protocol has none");
        using var json = JsonOutput.Writer(output);
        json.WriteStartObject();
        json.WriteString("model"u8, request.Model);
        json.Maybe("instructions", request.System.Count == 0 ? null : string.Join("\n\n", request.System.OfType<TextBlock>().Select(block => block.Text)));
        json.WriteStartArray("input"u8);
        foreach (var turn in request.Turns) ResponsesItemWriter.Turn(json, turn);
        json.WriteEndArray();
        Tools(json, request);
        json.Maybe("max_output_tokens", request.MaxTokens is { } most ? Math.Max(LeastTokens, most) : (long?)null);
        json.Maybe("temperature", request.Temperature);
        json.Maybe("top_p", request.TopP);
        Thinking(json, request);
        Format(json, request.Format);
        json.Maybe("user", request.EndUser is { Length: <= 64 } user ? user : null);
        json.WriteBoolean("store"u8, false);
        if (request.Stream) json.WriteBoolean("stream"u8, true);
        json.WriteEndObject();
    }

    private static void Thinking(Utf8JsonWriter json, ChatRequest request)
    {
        var wanted = ThinkingModels.Told(request) is { Off: false };
        var effort = ChatWords.Effort(request);
        if (wanted || effort is not null)
        {
            json.WriteStartObject("reasoning"u8);
            json.Maybe("effort", effort);
            if (wanted) json.WriteString("summary"u8, "auto"u8);
            json.WriteEndObject();
        }

        // Models that do not think refuse this.
        if (!wanted && (request.ThinkingMode == ThinkingMode.Ignore || !ThinkingModels.ThinkAtOpenAi(request.Model))) return;
        json.WriteStartArray("include"u8);
        json.WriteStringValue("reasoning.encrypted_content"u8);
        json.WriteEndArray();
    }

    private static void Tools(Utf8JsonWriter json, ChatRequest request)
    {
        if (request.Tools.Count == 0) return;
        json.WriteStartArray("tools"u8);
        foreach (var tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteString("name"u8, tool.Name);
            json.Maybe("description", tool.Description);
            json.Raw("parameters", tool.Schema);
            // Here alone silence means strict, which most schemas are not written for.
            json.WriteBoolean("strict"u8, tool.Strict ?? false);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (request.ToolChoice is { Mode: ChatToolMode.Named, Name: { } name })
        {
            json.WriteStartObject("tool_choice"u8);
            json.WriteString("type"u8, "function"u8);
            json.WriteString("name"u8, name);
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
        json.WriteStartObject("text"u8);
        json.WriteStartObject("format"u8);
        json.WriteString("type"u8, format.Schema is null ? "json_object"u8 : "json_schema"u8);
        if (format.Schema is { } schema)
        {
            json.WriteString("name"u8, format.Name ?? "answer");
            json.Raw("schema", schema);
            json.WriteBoolean("strict"u8, format.Strict ?? false);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
