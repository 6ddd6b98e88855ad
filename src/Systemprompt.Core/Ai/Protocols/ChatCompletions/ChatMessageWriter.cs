using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes messages of the Chat Completions format.</summary>
/// <param name="keepMarks">Whether marks of prompt caching are written, as Anthropic writes them.</param>
internal sealed class ChatMessageWriter(bool keepMarks)
{
    public void System(Utf8JsonWriter json, IReadOnlyList<ChatBlock> blocks)
    {
        if (blocks.Count > 0) Message(json, "system"u8, Joined(blocks));
    }

    /// <summary>One turn: what tools answered in messages of their own and first, as they must follow the calls.</summary>
    public void Turn(Utf8JsonWriter json, ChatTurn turn)
    {
        if (turn.Role == ChatRole.Assistant)
        {
            Assistant(json, turn.Blocks);
            return;
        }

        List<ChatBlock> said = [];
        foreach (var result in turn.Blocks.OfType<ToolResultBlock>()) Result(json, result, said);
        said.AddRange(turn.Blocks.Where(block => block is TextBlock or ImageBlock or DocumentBlock));
        if (said.Count > 0) Message(json, turn.Role == ChatRole.System ? "system"u8 : "user"u8, turn.Role == ChatRole.System ? Joined(said) : said);
    }

    public void Cache(Utf8JsonWriter json, ChatCache? cache)
    {
        if (keepMarks) MessagesBlockWriter.Cache(json, cache);
    }

    // A tool's message holds text only, so its images follow as the user's.
    private void Result(Utf8JsonWriter json, ToolResultBlock result, List<ChatBlock> said)
    {
        List<ChatBlock> texts = [.. result.Content.OfType<TextBlock>()];
        List<ChatBlock> others = [.. result.Content.Where(block => block is ImageBlock or DocumentBlock)];
        // This format has no other sign of failure.
        if (result.IsError) texts.Insert(0, new TextBlock("The tool failed:"));
        if (others.Count > 0)
        {
            texts.Add(new TextBlock("(What the tool returned beside text follows in the user's message.)"));
            said.Add(new TextBlock($"Returned by the tool call {result.ToolUseId}:"));
            said.AddRange(others);
        }

        if (result.Cache is { } cache && texts.Count > 0) texts[^1] = texts[^1] with { Cache = cache };
        json.WriteStartObject();
        json.WriteString("role"u8, "tool"u8);
        json.WriteString("tool_call_id"u8, result.ToolUseId);
        Content(json, Joined(texts));
        json.WriteEndObject();
    }

    private void Assistant(Utf8JsonWriter json, IReadOnlyList<ChatBlock> blocks)
    {
        List<ChatBlock> said = [.. blocks.Where(block => block is TextBlock { Text.Length: > 0 } or ImageBlock or DocumentBlock)];
        List<ToolUseBlock> calls = [.. blocks.OfType<ToolUseBlock>()];
        if (said.Count == 0 && calls.Count == 0) return;
        json.WriteStartObject();
        json.WriteString("role"u8, "assistant"u8);
        if (said.Count > 0) Content(json, said);
        else json.WriteNull("content"u8);
        // Only a server that showed its thinking gets it back, in the field where it was; some refuse calls without it.
        foreach (var group in blocks.OfType<ThinkingBlock>().GroupBy(block => Signatures.Own(block.Signature, Signatures.Chat)))
            if (group.Key is "reasoning_content" or "reasoning")
                json.WriteString(group.Key, string.Concat(group.Select(block => block.Text)));
        if (calls.Count > 0) Calls(json, calls);
        json.WriteEndObject();
    }

    private void Calls(Utf8JsonWriter json, List<ToolUseBlock> calls)
    {
        json.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, call.Id);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, call.Name);
            json.WriteString("arguments"u8, ToolInput.AsText(call.Input));
            json.WriteEndObject();
            ChatAnswerWriter.Proof(json, Signatures.Own(call.Signature, Signatures.Chat));
            Cache(json, call.Cache);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Message(Utf8JsonWriter json, ReadOnlySpan<byte> role, IReadOnlyList<ChatBlock> blocks)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, role);
        Content(json, blocks);
        json.WriteEndObject();
    }

    // Many servers take instructions and what tools returned as a plain string only; with marks they stay apart.
    private IReadOnlyList<ChatBlock> Joined(IReadOnlyList<ChatBlock> blocks) => blocks.Count < 2 || (keepMarks && blocks.Any(block => block.Cache is not null))
        ? blocks
        : [new TextBlock(string.Join("\n\n", blocks.OfType<TextBlock>().Select(block => block.Text)))];

    // One text goes as a plain string, which every server takes.
    private void Content(Utf8JsonWriter json, IReadOnlyList<ChatBlock> blocks)
    {
        if (blocks.Count == 0 || (blocks is [TextBlock only] && !(keepMarks && only.Cache is not null)))
        {
            json.WriteString("content"u8, blocks is [TextBlock text] ? text.Text : "");
            return;
        }

        json.WriteStartArray("content"u8);
        foreach (var block in blocks) Part(json, block);
        json.WriteEndArray();
    }

    private void Part(Utf8JsonWriter json, ChatBlock block)
    {
        json.WriteStartObject();
        switch (block)
        {
            case TextBlock text:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text.Text);
                break;
            case ImageBlock image:
                json.WriteString("type"u8, "image_url"u8);
                json.WriteStartObject("image_url"u8);
                json.WriteString("url"u8, ChatWords.Url(image.MediaType, image.Data, image.Url));
                json.WriteEndObject();
                break;
            case DocumentBlock { Data: null }:
                throw new ConversionException("a document by its address cannot be given to the provider, whose protocol takes documents by their bytes only");
            case DocumentBlock document:
                json.WriteString("type"u8, "file"u8);
                json.WriteStartObject("file"u8);
                json.WriteString("filename"u8, document.Name ?? "document.pdf");
                json.WriteString("file_data"u8, ChatWords.Url(document.MediaType ?? "application/pdf", document.Data, null));
                json.WriteEndObject();
                break;
        }

        Cache(json, block.Cache);
        json.WriteEndObject();
    }
}
