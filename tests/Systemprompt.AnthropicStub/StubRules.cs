using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.AnthropicStub;

/// <summary>What the vendor refuses, refused with the vendor's status and error type.</summary>
internal static class StubRules
{
    private const string First = "2023-06-01";
    private const string Latest = "2026-10-21";

    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "model", "max_tokens", "messages", "system", "stream", "metadata", "stop_sequences", "temperature", "top_k", "top_p", "tools",
        "tool_choice", "thinking", "service_tier",
    };

    /// <summary>Gone with API version 2026-10-21.</summary>
    private static readonly HashSet<string> Removed = new(StringComparer.Ordinal) { "temperature", "top_k", "top_p" };

    /// <summary>Headers that a gateway must not hand on.</summary>
    private static readonly string[] Foreign = ["authorization", "cookie", "proxy-authorization", "x-forwarded-for", "forwarded"];

    public static (int Status, string Type, string Message)? Check(HttpRequest request, string? key, ReadOnlySpan<byte> body)
    {
        var headers = request.Headers;
        if (headers["x-api-key"].Count != 1 || headers["x-api-key"].ToString() is not { Length: > 0 } given) return (401, "authentication_error", "x-api-key header is required");
        if (key is not null && given != key) return (401, "authentication_error", "invalid x-api-key");
        foreach (var name in Foreign)
            if (headers.ContainsKey(name)) return (400, "invalid_request_error", $"unexpected header {name}");
        if (headers["anthropic-version"].ToString() is not (First or Latest)) return (400, "invalid_request_error", "anthropic-version: header is required");
        if (!headers.ContentType.ToString().StartsWith("application/json", StringComparison.OrdinalIgnoreCase)) return (400, "invalid_request_error", "content-type: must be application/json");
        if (headers.ContentEncoding.Count > 0) return (400, "invalid_request_error", "content-encoding: not accepted");
        return CheckBody(body, headers.ContainsKey("anthropic-beta"), headers["anthropic-version"] == Latest);
    }

    private static (int Status, string Type, string Message)? CheckBody(ReadOnlySpan<byte> body, bool beta, bool latest)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 512 });
        }
        catch (JsonException)
        {
            return Bad("The request body is not valid JSON");
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return Bad("The request body must be an object");
            foreach (var field in root.EnumerateObject())
                if ((!Fields.Contains(field.Name) && !beta) || (latest && Removed.Contains(field.Name))) return Bad($"{field.Name}: Extra inputs are not permitted");
            if (!root.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String) return Bad("model: Field required");
            if (!model.GetString()!.StartsWith("claude-", StringComparison.Ordinal)) return (404, "not_found_error", $"model: {model.GetString()}");
            if (!root.TryGetProperty("max_tokens", out var max) || !max.TryGetInt32(out var tokens)) return Bad("max_tokens: Field required");
            if (tokens < 1) return Bad("max_tokens: Input should be greater than or equal to 1");
            return root.TryGetProperty("messages", out var messages) ? CheckMessages(messages) : Bad("messages: Field required");
        }
    }

    private static (int Status, string Type, string Message)? CheckMessages(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0) return Bad("messages: at least one message is required");
        var index = -1;
        foreach (var message in messages.EnumerateArray())
        {
            index++;
            if (message.ValueKind != JsonValueKind.Object) return Bad($"messages.{index}: Input should be an object");
            if (!message.TryGetProperty("role", out var role) || role.GetString() is not ("user" or "assistant" or "system")) return Bad($"messages.{index}.role: Input should be 'user', 'assistant' or 'system'");
            if (!message.TryGetProperty("content", out var content)) return Bad($"messages.{index}.content: Field required");
            if (content.ValueKind == JsonValueKind.String) continue;
            if (content.ValueKind != JsonValueKind.Array) return Bad($"messages.{index}.content: Input should be a valid string or list");
            foreach (var block in content.EnumerateArray())
                if (block.ValueKind != JsonValueKind.Object || !block.TryGetProperty("type", out _)) return Bad($"messages.{index}.content.0.type: Field required");
        }

        return null;
    }

    private static (int Status, string Type, string Message)? Bad(string message) => (400, "invalid_request_error", message);
}
