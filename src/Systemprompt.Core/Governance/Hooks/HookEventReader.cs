using System.Text.Json;
using System.Text.Unicode;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Hooks;

/// <summary>
/// Reads a hook event in one pass. A field that stands twice is refused, because the client might act on another one than the policies judged.
/// </summary>
internal static class HookEventReader
{
    private const int MaxDepth = 256;

    /// <param name="json">The event; with <paramref name="isWhole"/> false, only its beginning.</param>
    /// <param name="isWhole">Whether more would follow.</param>
    /// <param name="read">What was read, also when something is wrong: the answer's form depends on it.</param>
    /// <returns>Null, or what is wrong, without the event's text.</returns>
    public static string? Read(ReadOnlySpan<byte> json, bool isWhole, out HookEvent read)
    {
        read = default;
        if (isWhole && !Utf8.IsValid(json)) return "the event is not valid UTF-8";
        var reader = new Utf8JsonReader(json, isWhole, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
        try
        {
            return ReadObject(ref reader, ref read);
        }
        catch (JsonException)
        {
            return "the event is not valid JSON";
        }
    }

    private static string? ReadObject(ref Utf8JsonReader reader, ref HookEvent read)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "the event is not a JSON object";
        var seen = 0;
        string? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Field(ref reader);
            if (field > 0 && (seen & field) != 0) fault = "a field of the event stands twice";
            seen |= field;
            if (!reader.Read()) return fault;
            Take(field, ref reader, ref read);
            if (!reader.TrySkip()) return fault;
        }

        // What follows the object must be blank.
        while (reader.Read()) { }

        return fault;
    }

    private static int Field(ref Utf8JsonReader reader) =>
        DecodedJson.Is(reader.ValueSpan, "hook_event_name"u8) ? 1
        : DecodedJson.Is(reader.ValueSpan, "tool_name"u8) ? 2
        : DecodedJson.Is(reader.ValueSpan, "tool_input"u8) ? 4
        : DecodedJson.Is(reader.ValueSpan, "session_id"u8) ? 8
        : DecodedJson.Is(reader.ValueSpan, "prompt"u8) ? 16
        : DecodedJson.Is(reader.ValueSpan, "tool_use_id"u8) ? 32
        : 0;

    private static void Take(int field, ref Utf8JsonReader reader, ref HookEvent read)
    {
        if (field == 16) read = read with { HasPrompt = true };
        if (field is not (1 or 2 or 8 or 32) || reader.TokenType != JsonTokenType.String) return;
        var text = DecodedJson.Text(ref reader);
        read = field switch
        {
            1 => read with { Name = text },
            2 => read with { Tool = text },
            32 => read with { ToolUseId = text },
            _ => read with { SessionId = text },
        };
    }
}
