using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What answers and streams of the Messages format have in common.</summary>
internal static class MessagesWords
{
    public static ChatStop Stop(string? reason) => reason switch
    {
        "max_tokens" or "model_context_window_exceeded" => ChatStop.MaxTokens,
        "stop_sequence" => ChatStop.StopSequence,
        "tool_use" => ChatStop.ToolUse,
        "pause_turn" => ChatStop.Pause,
        "refusal" => ChatStop.Refusal,
        _ => ChatStop.EndTurn,
    };

    public static string Stop(ChatStop stop) => stop switch
    {
        ChatStop.MaxTokens => "max_tokens",
        ChatStop.StopSequence => "stop_sequence",
        ChatStop.ToolUse => "tool_use",
        ChatStop.Pause => "pause_turn",
        ChatStop.Refusal => "refusal",
        _ => "end_turn",
    };

    /// <summary>A provider's word for a failure in the words that clients of this format know, by which they decide whether to ask again.</summary>
    public static string ErrorType(string type) => type.ToLowerInvariant() switch
    {
        "overloaded_error" or "unavailable" or "server_overloaded" or "overloaded" => "overloaded_error",
        "rate_limit_error" or "resource_exhausted" or "rate_limit_exceeded" => "rate_limit_error",
        "invalid_request_error" or "invalid_argument" => "invalid_request_error",
        _ => "api_error",
    };

    public static void Usage(Utf8JsonWriter json, in TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, usage.Input);
        json.WriteNumber("cache_creation_input_tokens"u8, usage.CacheWrite5m + usage.CacheWrite1h);
        json.WriteNumber("cache_read_input_tokens"u8, usage.CacheRead);
        if (usage.CacheWrite1h > 0)
        {
            json.WriteStartObject("cache_creation"u8);
            json.WriteNumber("ephemeral_5m_input_tokens"u8, usage.CacheWrite5m);
            json.WriteNumber("ephemeral_1h_input_tokens"u8, usage.CacheWrite1h);
            json.WriteEndObject();
        }

        json.WriteNumber("output_tokens"u8, usage.Output);
        json.WriteEndObject();
    }

    /// <summary>The envelope up to its content.</summary>
    public static void Head(Utf8JsonWriter json, in AnswerFacts facts)
    {
        json.WriteString("id"u8, $"msg_{facts.Id:N}");
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, facts.Model);
    }
}
