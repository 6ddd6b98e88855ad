using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes the body of a generateContent call. The model, and whether it streams, stand in the call's address.</summary>
internal static class GeminiRequestWriter
{
    public static void Write(IBufferWriter<byte> output, ChatRequest request, CacheMarks marks)
    {
        ChatWords.CheckCache(request, marks, canKeep: false);
        if (request is { ParallelTools: false, Tools.Count: > 0, ToolChoice: not { Mode: ChatToolMode.Named or ChatToolMode.None } })
            throw new ConversionException("that tools are called one at a time cannot be told to the provider, whose protocol has no word for it");
        using var json = JsonOutput.Writer(output);
        json.WriteStartObject();
        System(json, request);
        new GeminiContentWriter(request).Write(json);
        Tools(json, request);
        Config(json, request);
        json.WriteEndObject();
    }

    // Instructions have one place here, so those from the middle go there too.
    private static void System(Utf8JsonWriter json, ChatRequest request)
    {
        List<TextBlock> texts = [.. request.System.Concat(request.Turns.Where(turn => turn.Role == ChatRole.System).SelectMany(turn => turn.Blocks)).OfType<TextBlock>()];
        if (texts.Count == 0) return;
        json.WriteStartObject("systemInstruction"u8);
        json.WriteStartArray("parts"u8);
        foreach (var text in texts)
        {
            json.WriteStartObject();
            json.WriteString("text"u8, text.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Tools(Utf8JsonWriter json, ChatRequest request)
    {
        if (request.Tools.Count == 0) return;
        json.WriteStartArray("tools"u8);
        json.WriteStartObject();
        json.WriteStartArray("functionDeclarations"u8);
        foreach (var tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tool.Name);
            json.Maybe("description", tool.Description);
            json.Raw("parametersJsonSchema", tool.Schema);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.ToolChoice is not { } choice) return;
        json.WriteStartObject("toolConfig"u8);
        json.WriteStartObject("functionCallingConfig"u8);
        json.WriteString("mode"u8, choice.Mode switch { ChatToolMode.None => "NONE"u8, ChatToolMode.Auto => "AUTO"u8, _ => "ANY"u8 });
        if (choice.Name is { } name) json.Maybe("allowedFunctionNames", [name]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Config(Utf8JsonWriter json, ChatRequest request)
    {
        json.WriteStartObject("generationConfig"u8);
        json.Maybe("maxOutputTokens", request.MaxTokens);
        json.Maybe("temperature", request.Temperature);
        json.Maybe("topP", request.TopP);
        json.Maybe("topK", request.TopK);
        json.Maybe("stopSequences", request.Stop);
        if (request.Format is { } format)
        {
            json.WriteString("responseMimeType"u8, "application/json"u8);
            if (format.Schema is { } schema) json.Raw("responseJsonSchema", schema);
        }

        Thinking(json, request);
        json.WriteEndObject();
    }

    // Models up to 2.5 take a budget, from 3 on a word. Of those only 2.5 Flash can be told not to think.
    private static void Thinking(Utf8JsonWriter json, ChatRequest request)
    {
        if (ThinkingModels.Told(request) is not { } thinking) return;
        var takesWords = TakesWords(request.Model);
        if (thinking.Off && !request.Model.Contains("2.5-flash", StringComparison.Ordinal)) return;
        json.WriteStartObject("thinkingConfig"u8);
        if (thinking.Off)
        {
            json.WriteNumber("thinkingBudget"u8, 0);
        }
        else
        {
            json.WriteBoolean("includeThoughts"u8, true);
            if (!takesWords) json.Maybe("thinkingBudget", thinking.Budget ?? (thinking.Effort is null ? null : Math.Min(24576, MessagesThinking.OfEffort(thinking.Effort))));
            else json.Maybe("thinkingLevel", Level(thinking.Effort ?? MessagesThinking.OfBudget(thinking.Budget)));
        }

        json.WriteEndObject();
    }

    /// <summary>True for Gemini 3 and later.</summary>
    public static bool TakesWords(string model)
    {
        var at = model.IndexOf("gemini-", StringComparison.Ordinal);
        return at >= 0 && at + 7 < model.Length && model[at + 7] is >= '3' and <= '9';
    }

    // Medium and minimal are not known to every one of them; low and high are.
    private static string? Level(string? effort) => effort switch
    {
        null => null,
        "minimal" or "low" => "low",
        _ => "high",
    };
}
