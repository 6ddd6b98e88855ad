using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>OpenAI's error shape (its API reference, "Error codes"), as answers and as chunks of a Chat Completions stream have it.</summary>
internal class OpenAiErrors : GatewayErrors
{
    protected override ReadOnlySpan<byte> EventHead => "data: "u8;

    protected override void Write(Utf8JsonWriter json, GatewayFault fault, string requestId)
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, fault.Message);
        json.WriteString("type"u8, TypeOf(fault));
        json.WriteNull("param"u8);
        json.WriteString("code"u8, CodeOf(fault));
        json.WriteEndObject();
        json.WriteString("request_id"u8, requestId);
        json.WriteEndObject();
    }

    /// <summary>OpenAI's word for the kind of fault.</summary>
    protected static string TypeOf(GatewayFault fault) => fault.Type switch
    {
        "not_found_error" or "request_too_large" or "invalid_request_error" or "not_supported" => "invalid_request_error",
        "rate_limit_error" when fault.Code == "budget_exhausted" => "insufficient_quota",
        "rate_limit_error" or "permission_error" or "authentication_error" => fault.Type,
        _ => "server_error",
    };

    /// <summary>The codes that OpenAI's clients know; for the rest the gateway's own.</summary>
    protected static string CodeOf(GatewayFault fault) => fault.Code switch
    {
        "model_unknown" or "model_missing" or "provider_disabled" => "model_not_found",
        "policy_limit" or "provider_rate_limit" => "rate_limit_exceeded",
        "budget_exhausted" => "insufficient_quota",
        var code => code,
    };
}

/// <summary>The error event of a Responses stream, which names its type and has no number when the gateway writes it into a provider's stream.</summary>
internal sealed class ResponsesErrors : OpenAiErrors
{
    /// <inheritdoc/>
    /// <remarks>Codex repeats a call five times on any refusal but 400 (measured with 0.169.0).</remarks>
    public override int StatusOf(GatewayFault fault) => fault.Status is >= 400 and < 500 and not 429 || !fault.MayRetry && fault.Status == 501 ? 400 : fault.Status;

    protected override ReadOnlySpan<byte> EventHead => "event: error\ndata: "u8;

    protected override ReadOnlySpan<byte> HeadOf(GatewayFault fault) => IsFinal(fault) ? "event: response.failed\ndata: "u8 : EventHead;

    /// <summary>An answer that a policy ended must not be asked for again: Codex repeats a call five times on an error event, and on a failure but for a few codes.</summary>
    private static bool IsFinal(GatewayFault fault) => fault.Code == "answer_refused";

    protected override void WriteEvent(Utf8JsonWriter json, GatewayFault fault, string requestId)
    {
        json.WriteStartObject();
        if (IsFinal(fault))
        {
            json.WriteString("type"u8, "response.failed"u8);
            json.WriteStartObject("response"u8);
            json.WriteString("id"u8, requestId);
            json.WriteString("object"u8, "response"u8);
            json.WriteString("status"u8, "failed"u8);
            json.WriteStartObject("error"u8);
            json.WriteString("code"u8, "invalid_prompt"u8);
            json.WriteString("message"u8, fault.Message);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }

        json.WriteString("type"u8, "error"u8);
        json.WriteString("code"u8, CodeOf(fault));
        json.WriteString("message"u8, fault.Message);
        json.WriteNull("param"u8);
        json.WriteEndObject();
    }
}
