using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Writes an echo reply in Anthropic's shapes: one message, or the events of its stream.</summary>
internal sealed class EchoWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly string _id;
    private readonly string _model;

    public EchoWriter(Guid call, string model)
    {
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _id = $"msg_{call:N}";
        _model = model;
        ToolUseId = $"toolu_{call:N}";
    }

    public string ToolUseId { get; }

    /// <summary>What was written since the last call of <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    public void Dispose() => _json.Dispose();

    /// <summary>The whole message.</summary>
    public void Message(EchoReply reply)
    {
        _json.Reset();
        _json.WriteStartObject();
        MessageHead();
        _json.WriteStartArray("content"u8);
        Block(reply.Tool, reply.Text, reply.Input);
        _json.WriteEndArray();
        Stop(reply.StopReason);
        Usage(reply.Usage, reply.Usage.Output);
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary><c>message_start</c>, <c>content_block_start</c> and a <c>ping</c>.</summary>
    public void Start(EchoReply reply)
    {
        Begin("message_start"u8);
        _json.WriteStartObject("message"u8);
        MessageHead();
        _json.WriteStartArray("content"u8);
        _json.WriteEndArray();
        Stop(null);
        Usage(reply.Usage, 1);
        _json.WriteEndObject();
        End();
        Begin("content_block_start"u8);
        _json.WriteNumber("index"u8, 0);
        _json.WritePropertyName("content_block"u8);
        Block(reply.Tool, "", "{}");
        End();
        Begin("ping"u8);
        End();
    }

    /// <summary>One <c>content_block_delta</c>.</summary>
    public void Delta(bool isTool, ReadOnlySpan<char> part)
    {
        Begin("content_block_delta"u8);
        _json.WriteNumber("index"u8, 0);
        _json.WriteStartObject("delta"u8);
        _json.WriteString("type"u8, isTool ? "input_json_delta"u8 : "text_delta"u8);
        _json.WriteString(isTool ? "partial_json"u8 : "text"u8, part);
        _json.WriteEndObject();
        End();
    }

    /// <summary><c>content_block_stop</c> and <c>message_delta</c>.</summary>
    public void Finish(EchoReply reply)
    {
        Begin("content_block_stop"u8);
        _json.WriteNumber("index"u8, 0);
        End();
        Begin("message_delta"u8);
        _json.WriteStartObject("delta"u8);
        Stop(reply.StopReason);
        _json.WriteEndObject();
        Usage(reply.Usage, reply.Usage.Output);
        End();
    }

    /// <summary><c>message_stop</c>.</summary>
    public void Stop()
    {
        Begin("message_stop"u8);
        End();
    }

    private void MessageHead()
    {
        _json.WriteString("id"u8, _id);
        _json.WriteString("type"u8, "message"u8);
        _json.WriteString("role"u8, "assistant"u8);
        _json.WriteString("model"u8, _model);
    }

    private void Block(string? tool, string text, string input)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, tool is null ? "text"u8 : "tool_use"u8);
        if (tool is null)
        {
            _json.WriteString("text"u8, text);
        }
        else
        {
            _json.WriteString("id"u8, ToolUseId);
            _json.WriteString("name"u8, tool);
            _json.WritePropertyName("input"u8);
            _json.WriteRawValue(input);
        }

        _json.WriteEndObject();
    }

    private void Stop(string? reason)
    {
        _json.WriteString("stop_reason"u8, reason);
        _json.WriteNull("stop_sequence"u8);
    }

    private void Usage(in TokenUsage usage, long output)
    {
        _json.WriteStartObject("usage"u8);
        _json.WriteNumber("input_tokens"u8, usage.Input);
        _json.WriteNumber("cache_creation_input_tokens"u8, 0);
        _json.WriteNumber("cache_read_input_tokens"u8, 0);
        _json.WriteNumber("output_tokens"u8, output);
        _json.WriteEndObject();
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        _buffer.Write("event: "u8);
        _buffer.Write(type);
        _buffer.Write("\ndata: "u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n\n"u8);
    }
}
