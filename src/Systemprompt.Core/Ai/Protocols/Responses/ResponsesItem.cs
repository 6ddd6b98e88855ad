using System.Text;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>An item of an answer's output, as far as it has come.</summary>
internal sealed class ResponsesItem
{
    /// <summary>Marks thinking that shows nothing, so that it comes back as such.</summary>
    public const string Redacted = "redacted:";

    private readonly ChatBlock _block;
    private readonly string _call;

    /// <param name="block">What it begins as.</param>
    /// <param name="call">The call's id, from which the item's is made.</param>
    /// <param name="index">Its place in the output.</param>
    public ResponsesItem(ChatBlock block, Guid call, int index)
    {
        (_block, _call, Index) = (block, call.ToString("N"), index);
        Content = new StringBuilder(block switch { TextBlock text => text.Text, ThinkingBlock thinking => thinking.Text, ToolUseBlock tool => tool.Input, _ => "" });
        Proof = block switch { ThinkingBlock thinking => thinking.Signature, RedactedThinkingBlock redacted => Redacted + redacted.Data, _ => null };
    }

    public int Index { get; }

    public bool IsCall => _block is ToolUseBlock;

    public bool IsThinking => _block is ThinkingBlock or RedactedThinkingBlock;

    public StringBuilder Content { get; }

    public string? Proof { get; set; }

    /// <summary>True once it is said to be done.</summary>
    public bool IsDone { get; set; }

    /// <summary>True once a part of it has been opened.</summary>
    public bool HasPart { get; set; }

    public string Id => $"{(IsCall ? "fc" : IsThinking ? "rs" : "msg")}_{_call}_{Index}";

    /// <summary>A call's input is never empty, or clients fail on it.</summary>
    public string Text => IsCall ? ToolInput.AsText(Content.ToString()) : Content.ToString();

    /// <summary>What goes out for a block: a call's own proof first, as thinking that shows nothing.</summary>
    public static IEnumerable<ChatBlock> Of(ChatBlock block) => block is ToolUseBlock { Signature: { } proof } ? [new ThinkingBlock("", proof), block] : [block];

    /// <summary>Writes it as an object, empty while it is not done.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        switch (_block)
        {
            case ToolUseBlock call:
                json.WriteString("type"u8, "function_call"u8);
                json.WriteString("status"u8, Status);
                json.WriteString("call_id"u8, call.Id);
                var (space, name) = ResponsesNames.Split(call.Name);
                json.WriteString("name"u8, name);
                json.Maybe("namespace", space);
                json.WriteString("arguments"u8, IsDone ? Text : "");
                break;
            case ThinkingBlock or RedactedThinkingBlock:
                json.WriteString("type"u8, "reasoning"u8);
                json.WriteStartArray("summary"u8);
                if (IsDone && Content.Length > 0) Part(json, Text);
                json.WriteEndArray();
                if (IsDone) json.Maybe("encrypted_content", Proof);
                break;
            default:
                json.WriteString("type"u8, "message"u8);
                json.WriteString("status"u8, Status);
                json.WriteString("role"u8, "assistant"u8);
                json.WriteStartArray("content"u8);
                if (IsDone) Part(json, Text);
                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>Writes its one part.</summary>
    public void Part(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, IsThinking ? "summary_text"u8 : "output_text"u8);
        json.WriteString("text"u8, text);
        if (!IsThinking)
        {
            json.WriteStartArray("annotations"u8);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private string Status => IsDone ? "completed" : "in_progress";
}
