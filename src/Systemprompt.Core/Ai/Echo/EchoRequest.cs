using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>What the echo model reads of a request: what the user said last, or what a tool answered, and how much text there is in all.</summary>
internal sealed class EchoRequest
{
    private const string ReminderStart = "<system-reminder>";
    private const string ReminderEnd = "</system-reminder>";

    /// <summary>The last user text, without the reminders that Claude Code adds.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The text of the tool results in the last user message; null when it holds none.</summary>
    public string? ToolResult { get; private set; }

    public bool ToolFailed { get; private set; }

    /// <summary>Characters of all text in <c>system</c> and <c>messages</c>.</summary>
    public long Characters { get; private set; }

    public static EchoRequest Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = RequestHeadReader.MaxDepth });
        var request = new EchoRequest();
        if (Find(document.RootElement, "system"u8, out var system)) request.Count(system);
        if (!Find(document.RootElement, "messages"u8, out var messages) || messages.ValueKind != JsonValueKind.Array) return request;
        JsonElement? last = null;
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || !Find(message, "content"u8, out var content)) continue;
            request.Count(content);
            if (Is(message, "role"u8, "user"u8)) last = content;
        }

        if (last is { } said) request.Take(said);
        return request;
    }

    private void Take(JsonElement content)
    {
        var text = new StringBuilder();
        var results = new StringBuilder();
        if (content.ValueKind == JsonValueKind.String) Append(text, WithoutReminders(StringOf(content)));
        foreach (var block in Blocks(content))
        {
            if (Is(block, "type"u8, "text"u8) && Find(block, "text"u8, out var words))
            {
                Append(text, WithoutReminders(StringOf(words)));
            }
            else if (Is(block, "type"u8, "tool_result"u8))
            {
                ToolResult = "";
                if (Find(block, "is_error"u8, out var failed) && failed.ValueKind == JsonValueKind.True) ToolFailed = true;
                if (Find(block, "content"u8, out var result)) AppendResult(results, result);
            }
        }

        Text = text.ToString();
        if (ToolResult is not null) ToolResult = results.ToString();
    }

    private static void AppendResult(StringBuilder results, JsonElement result)
    {
        if (result.ValueKind == JsonValueKind.String) Append(results, WithoutReminders(StringOf(result)));
        foreach (var block in Blocks(result))
            if (Find(block, "text"u8, out var words))
                Append(results, WithoutReminders(StringOf(words)));
    }

    private void Count(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String) Characters += StringOf(content).Length;
        foreach (var block in Blocks(content))
        {
            if (Find(block, "text"u8, out var text) && text.ValueKind == JsonValueKind.String) Characters += StringOf(text).Length;
            if (Find(block, "content"u8, out var inner)) Count(inner);
            if (Find(block, "input"u8, out var input)) Characters += JsonMarshal.GetRawUtf8Value(input).Length;
        }
    }

    private static IEnumerable<JsonElement> Blocks(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array) yield break;
        foreach (var block in content.EnumerateArray())
            if (block.ValueKind == JsonValueKind.Object)
                yield return block;
    }

    private static bool Is(JsonElement element, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Find(element, name, out var found) && found.ValueKind == JsonValueKind.String && DecodedJson.Is(JsonMarshal.GetRawUtf8Value(found)[1..^1], value);

    // The document's own search throws on half a surrogate pair in a name.
    private static bool Find(JsonElement element, ReadOnlySpan<byte> name, out JsonElement found)
    {
        found = default;
        foreach (var property in element.EnumerateObject())
            if (DecodedJson.Is(JsonMarshal.GetRawUtf8PropertyName(property), name))
                found = property.Value;
        return found.ValueKind != JsonValueKind.Undefined;
    }

    private static string StringOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return "";
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(element));
        reader.Read();
        return JsonText.Of(ref reader);
    }

    private static void Append(StringBuilder text, string part)
    {
        if (part.Length == 0) return;
        if (text.Length > 0) text.Append('\n');
        text.Append(part);
    }

    private static string WithoutReminders(string text)
    {
        while (text.IndexOf(ReminderStart, StringComparison.Ordinal) is >= 0 and var start)
        {
            var end = text.IndexOf(ReminderEnd, start, StringComparison.Ordinal);
            if (end < 0) break;
            text = text.Remove(start, end + ReminderEnd.Length - start);
        }

        return text.Trim();
    }
}
