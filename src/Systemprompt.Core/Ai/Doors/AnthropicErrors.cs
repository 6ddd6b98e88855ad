using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Anthropic's error shape (its API reference, "Errors").</summary>
internal sealed class AnthropicErrors : GatewayErrors
{
    protected override ReadOnlySpan<byte> EventHead => "event: error\ndata: "u8;

    public override string Known(string type) => MessagesWords.ErrorType(type);

    protected override void Write(Utf8JsonWriter json, GatewayFault fault, string requestId)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, fault.Type);
        json.WriteString("message"u8, fault.Message);
        json.WriteEndObject();
        json.WriteString("request_id"u8, requestId);
        json.WriteEndObject();
    }
}
