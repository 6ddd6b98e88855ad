using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes blocks of the Messages format, for providers.</summary>
internal static class MessagesBlockWriter
{
    /// <summary>False for what Anthropic would refuse: empty text, and thinking that another provider signed, or none.</summary>
    public static bool CanSay(ChatBlock block) => block switch
    {
        TextBlock text => !string.IsNullOrWhiteSpace(text.Text),
        ThinkingBlock thinking => Signatures.Own(thinking.Signature, Signatures.Messages) is not null,
        RedactedThinkingBlock redacted => Signatures.Own(redacted.Data, Signatures.Messages) is not null,
        _ => true,
    };

    public static void Write(Utf8JsonWriter json, ChatBlock block)
    {
        json.WriteStartObject();
        switch (block)
        {
            case TextBlock text:
                Type(json, "text"u8);
                json.WriteString("text"u8, text.Text);
                break;
            case ImageBlock image:
                Type(json, "image"u8);
                Source(json, image.MediaType, image.Data, image.Url);
                break;
            case DocumentBlock document:
                Type(json, "document"u8);
                Source(json, document.MediaType, document.Data, document.Url);
                json.Maybe("title", document.Name);
                break;
            case ToolUseBlock call:
                Type(json, "tool_use"u8);
                json.WriteString("id"u8, Id(call.Id));
                json.WriteString("name"u8, call.Name);
                ToolInput.WriteObject(json, "input", call.Input);
                break;
            case ToolResultBlock result:
                Result(json, result);
                break;
            case ThinkingBlock thinking:
                Type(json, "thinking"u8);
                json.WriteString("thinking"u8, thinking.Text);
                json.WriteString("signature"u8, Signatures.Own(thinking.Signature, Signatures.Messages));
                break;
            case RedactedThinkingBlock redacted:
                Type(json, "redacted_thinking"u8);
                json.WriteString("data"u8, Signatures.Own(redacted.Data, Signatures.Messages));
                break;
        }

        Cache(json, block.Cache);
        json.WriteEndObject();
    }

    public static void Cache(Utf8JsonWriter json, ChatCache? cache)
    {
        if (cache is null) return;
        json.WriteStartObject("cache_control"u8);
        json.WriteString("type"u8, "ephemeral"u8);
        if (cache.Hour) json.WriteString("ttl"u8, "1h"u8);
        json.WriteEndObject();
    }

    private static void Result(Utf8JsonWriter json, ToolResultBlock result)
    {
        Type(json, "tool_result"u8);
        json.WriteString("tool_use_id"u8, Id(result.ToolUseId));
        if (result.Content.Any(CanSay))
        {
            json.WriteStartArray("content"u8);
            // A result cannot stand in a result, so this goes one step deep.
            foreach (var part in result.Content.Where(part => CanSay(part) && part is TextBlock or ImageBlock or DocumentBlock)) Write(json, part);
            json.WriteEndArray();
        }

        if (result.IsError) json.WriteBoolean("is_error"u8, true);
    }

    private static void Source(Utf8JsonWriter json, string? mediaType, string? data, string? url)
    {
        json.WriteStartObject("source"u8);
        if (data is null)
        {
            Type(json, "url"u8);
            json.WriteString("url"u8, url);
        }
        else
        {
            Type(json, "base64"u8);
            json.Maybe("media_type", mediaType);
            json.WriteString("data"u8, data);
        }

        json.WriteEndObject();
    }

    private static void Type(Utf8JsonWriter json, ReadOnlySpan<byte> type) => json.WriteString("type"u8, type);

    // Anthropic takes letters, digits, _ and - only; other models' servers make ids such as functions.read:0.
    private static string Id(string id) => id.All(Allowed) && id.Length > 0 ? id
        : "call_" + string.Concat(id.Select(letter => Allowed(letter) ? letter.ToString() : $"-{(int)letter:x}"));

    private static bool Allowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-';
}
