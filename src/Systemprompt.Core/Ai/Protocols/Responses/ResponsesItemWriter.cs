using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes turns as items of the Responses format, for providers.</summary>
internal static class ResponsesItemWriter
{
    public static void Turn(Utf8JsonWriter json, ChatTurn turn)
    {
        // Blocks that one message can hold are put together; an item of its own ends it.
        List<ChatBlock> said = [];
        foreach (var block in turn.Blocks)
        {
            if (block is TextBlock or ImageBlock or DocumentBlock)
            {
                said.Add(block);
                continue;
            }

            Message(json, turn.Role, said);
            Item(json, block);
        }

        Message(json, turn.Role, said);
    }

    private static void Item(Utf8JsonWriter json, ChatBlock block)
    {
        switch (block)
        {
            case ToolUseBlock call:
                json.WriteStartObject();
                json.WriteString("type"u8, "function_call"u8);
                json.WriteString("call_id"u8, call.Id);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, ToolInput.AsText(call.Input));
                json.WriteEndObject();
                break;
            case ToolResultBlock result:
                json.WriteStartObject();
                json.WriteString("type"u8, "function_call_output"u8);
                json.WriteString("call_id"u8, result.ToolUseId);
                Output(json, result);
                json.WriteEndObject();
                break;
            case ThinkingBlock thinking when Signatures.Own(thinking.Signature, Signatures.Responses) is { } proof:
                json.WriteStartObject();
                json.WriteString("type"u8, "reasoning"u8);
                json.WriteStartArray("summary"u8);
                if (thinking.Text.Length > 0)
                {
                    json.WriteStartObject();
                    json.WriteString("type"u8, "summary_text"u8);
                    json.WriteString("text"u8, thinking.Text);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteString("encrypted_content"u8, proof);
                json.WriteEndObject();
                break;
        }
    }

    private static void Output(Utf8JsonWriter json, ToolResultBlock result)
    {
        List<ChatBlock> parts = [.. result.Content.Where(part => part is TextBlock or ImageBlock or DocumentBlock)];
        // This format has no other sign of failure.
        if (result.IsError) parts.Insert(0, new TextBlock("The tool failed:"));
        if (parts is [] or [TextBlock])
        {
            json.WriteString("output"u8, parts is [TextBlock only] ? only.Text : "");
            return;
        }

        json.WriteStartArray("output"u8);
        foreach (var part in parts) Part(json, part, "input_text"u8);
        json.WriteEndArray();
    }

    private static void Message(Utf8JsonWriter json, ChatRole role, List<ChatBlock> said)
    {
        if (said.Count == 0) return;
        var assistant = role == ChatRole.Assistant;
        json.WriteStartObject();
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, assistant ? "assistant"u8 : role == ChatRole.System ? "developer"u8 : "user"u8);
        json.WriteStartArray("content"u8);
        foreach (var block in said) Part(json, block, assistant ? "output_text"u8 : "input_text"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        said.Clear();
    }

    private static void Part(Utf8JsonWriter json, ChatBlock block, ReadOnlySpan<byte> textType)
    {
        json.WriteStartObject();
        switch (block)
        {
            case TextBlock text:
                json.WriteString("type"u8, textType);
                json.WriteString("text"u8, text.Text);
                break;
            case ImageBlock image:
                json.WriteString("type"u8, "input_image"u8);
                json.WriteString("image_url"u8, ChatWords.Url(image.MediaType, image.Data, image.Url));
                break;
            case DocumentBlock { Data: null } document:
                json.WriteString("type"u8, "input_file"u8);
                json.WriteString("file_url"u8, document.Url);
                break;
            case DocumentBlock document:
                json.WriteString("type"u8, "input_file"u8);
                json.WriteString("filename"u8, document.Name ?? "document.pdf");
                json.WriteString("file_data"u8, ChatWords.Url(document.MediaType ?? "application/pdf", document.Data, null));
                break;
        }

        json.WriteEndObject();
    }
}
