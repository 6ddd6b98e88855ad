using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Writes the conversation of a generateContent call. A result names its tool here, which is found by the call's id; a proof of thinking stands on the
/// part that it led to.
/// </summary>
internal sealed class GeminiContentWriter(ChatRequest request)
{
    // Google's own word for a call that came from elsewhere, without which Gemini 3 refuses it.
    private const string NoProof = "skip_thought_signature_validator";

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private string? _proof;

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("contents"u8);
        ChatRole? open = null;
        foreach (var turn in request.Turns)
        {
            if (turn.Role == ChatRole.System || !turn.Blocks.Any(CanSay)) continue;
            if (turn.Role != open)
            {
                if (open is not null) Close(json);
                open = turn.Role;
                json.WriteStartObject();
                json.WriteString("role"u8, turn.Role == ChatRole.User ? "user"u8 : "model"u8);
                json.WriteStartArray("parts"u8);
            }

            Turn(json, turn);
        }

        if (open is not null) Close(json);
        json.WriteEndArray();
    }

    private static void Close(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static bool CanSay(ChatBlock block) => block switch
    {
        TextBlock text => text.Text.Length > 0,
        ThinkingBlock or RedactedThinkingBlock => ProofOf(block) is not null,
        _ => true,
    };

    private static string? ProofOf(ChatBlock block) => block switch
    {
        ThinkingBlock thinking => Signatures.Own(thinking.Signature, Signatures.Gemini),
        RedactedThinkingBlock redacted => Signatures.Own(redacted.Data, Signatures.Gemini),
        _ => null,
    };

    private void Turn(Utf8JsonWriter json, ChatTurn turn)
    {
        var called = false;
        foreach (var block in turn.Blocks.Where(CanSay))
        {
            if (ProofOf(block) is { } proof)
            {
                _proof = proof;
                continue;
            }

            if (block is ToolUseBlock call)
            {
                _names[call.Id] = call.Name;
                _proof = Signatures.Own(call.Signature, Signatures.Gemini) ?? _proof;
                // Of parallel calls only the first has one.
                if (!called && GeminiRequestWriter.TakesWords(request.Model)) _proof ??= NoProof;
                called = true;
            }

            Part(json, block);
        }

        // A proof behind everything came on a part without words.
        if (_proof is not null) Part(json, new TextBlock(""));
    }

    private void Part(Utf8JsonWriter json, ChatBlock block)
    {
        json.WriteStartObject();
        switch (block)
        {
            case TextBlock text:
                json.WriteString("text"u8, text.Text);
                break;
            case ImageBlock image:
                Media(json, image.MediaType, image.Data, image.Url);
                break;
            case DocumentBlock document:
                Media(json, document.MediaType, document.Data, document.Url);
                break;
            case ToolUseBlock call:
                json.WriteStartObject("functionCall"u8);
                json.WriteString("id"u8, call.Id);
                json.WriteString("name"u8, call.Name);
                ToolInput.WriteObject(json, "args", call.Input);
                json.WriteEndObject();
                break;
            case ToolResultBlock result:
                Result(json, result);
                break;
        }

        json.Maybe("thoughtSignature", _proof);
        _proof = null;
        json.WriteEndObject();
        if (block is not ToolResultBlock { Content: var content }) return;
        // What a tool returned beside text: older models take it in parts of its own only.
        foreach (var media in content.Where(part => part is ImageBlock or DocumentBlock)) Part(json, media);
    }

    private void Result(Utf8JsonWriter json, ToolResultBlock result)
    {
        if (!_names.TryGetValue(result.ToolUseId, out var name))
            throw new ConversionException("a tool's result names a call that is not in the conversation, and the provider's protocol needs the tool's name, which stands in the call");
        json.WriteStartObject("functionResponse"u8);
        json.WriteString("id"u8, result.ToolUseId);
        json.WriteString("name"u8, name);
        json.WriteStartObject("response"u8);
        json.WriteString(result.IsError ? "error"u8 : "output"u8, string.Join('\n', result.Content.OfType<TextBlock>().Select(text => text.Text)));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Media(Utf8JsonWriter json, string? mediaType, string? data, string? url)
    {
        json.WriteStartObject(data is null ? "fileData"u8 : "inlineData"u8);
        json.Maybe("mimeType", mediaType);
        if (data is null) json.WriteString("fileUri"u8, url);
        else json.WriteString("data"u8, data);
        json.WriteEndObject();
    }
}
