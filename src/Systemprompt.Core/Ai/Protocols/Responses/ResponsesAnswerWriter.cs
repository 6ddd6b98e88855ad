using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes a whole answer in the Responses format, and the response object that its stream repeats.</summary>
internal static class ResponsesAnswerWriter
{
    public static void Write(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts)
    {
        List<ResponsesItem> items = [];
        foreach (var block in answer.Blocks.SelectMany(ResponsesItem.Of)) items.Add(new ResponsesItem(block, facts.Id, items.Count) { IsDone = true });
        using var json = JsonOutput.Writer(output);
        Response(json, facts, Status(answer.End.Stop), items, answer.End, null);
    }

    public static string Status(ChatStop stop) => stop is ChatStop.MaxTokens or ChatStop.Refusal ? "incomplete" : "completed";

    /// <summary>The response object.</summary>
    /// <param name="json">Where it goes.</param>
    /// <param name="facts">Its envelope.</param>
    /// <param name="status">Its state.</param>
    /// <param name="items">What it holds so far.</param>
    /// <param name="end">How it ended; null while it has not.</param>
    /// <param name="failure">Why it failed; null when it did not.</param>
    public static void Response(Utf8JsonWriter json, in AnswerFacts facts, string status, IReadOnlyList<ResponsesItem> items, ChatEnd? end, AnswerFails? failure)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, $"resp_{facts.Id:N}");
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, facts.CreatedAt.ToUnixTimeSeconds());
        json.WriteString("status"u8, status);
        json.WriteString("model"u8, facts.Model);
        if (failure is null)
        {
            json.WriteNull("error"u8);
        }
        else
        {
            json.WriteStartObject("error"u8);
            json.WriteString("code"u8, failure.Type);
            json.WriteString("message"u8, failure.Message);
            json.WriteEndObject();
        }

        if (status == "incomplete")
        {
            json.WriteStartObject("incomplete_details"u8);
            json.WriteString("reason"u8, end?.Stop == ChatStop.Refusal ? "content_filter"u8 : "max_output_tokens"u8);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incomplete_details"u8);
        }

        json.WriteStartArray("output"u8);
        foreach (var item in items) item.Write(json);
        json.WriteEndArray();
        Rest(json);
        if (end is null) json.WriteNull("usage"u8);
        else Usage(json, end.Usage ?? default);
        json.WriteEndObject();
    }

    // What clients' types demand beside the answer.
    private static void Rest(Utf8JsonWriter json)
    {
        json.WriteNull("instructions"u8);
        json.WriteNull("previous_response_id"u8);
        json.WriteBoolean("parallel_tool_calls"u8, true);
        json.WriteString("tool_choice"u8, "auto"u8);
        json.WriteStartArray("tools"u8);
        json.WriteEndArray();
        json.WriteNull("temperature"u8);
        json.WriteNull("top_p"u8);
        json.WriteBoolean("store"u8, false);
        json.WriteStartObject("metadata"u8);
        json.WriteEndObject();
    }

    private static void Usage(Utf8JsonWriter json, in TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, usage.Prompt);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.CacheRead);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, usage.Output);
        json.WriteStartObject("output_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens"u8, usage.Prompt + usage.Output);
        json.WriteEndObject();
    }
}
