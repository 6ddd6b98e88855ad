using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Systemprompt.Extensions;

namespace Systemprompt.Governance.Hooks;

/// <summary>
/// Answers a hook event in Claude Code's terms, always with 200: on anything else the client goes on as if nobody had been asked. No objection is
/// <c>{}</c>, never <c>allow</c>, which would skip the person's own permission prompt.
/// </summary>
internal static class HookReply
{
    private static readonly byte[] NoObjection = [(byte)'{', (byte)'}'];
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext context, HookEvent hook, HookDecision decision)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        if (decision.Outcome == PolicyOutcome.Pass)
        {
            response.ContentLength = 2;
            await response.BodyWriter.WriteAsync(NoObjection, CancellationToken.None);
            return;
        }

        var body = Refusal(hook, Sentence(decision));
        response.ContentLength = body.WrittenCount;
        await response.BodyWriter.WriteAsync(body.WrittenMemory, CancellationToken.None);
    }

    private static string Sentence(HookDecision decision) => decision.RetryAfter is { } wait
        ? $"{decision.Reason}; try again in {Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))} s"
        : decision.Reason ?? "refused";

    private static ArrayBufferWriter<byte> Refusal(HookEvent hook, string reason)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        switch (hook.Kind)
        {
            case HookKind.Prompt:
                Block(json, reason);
                break;
            case HookKind.Tool:
                DenyTool(json, hook.Name ?? "PreToolUse", reason);
                break;
            case HookKind.Permission:
                DenyPermission(json, reason);
                break;
            case HookKind.Report:
                // "block" on an event such as Stop would send the model on instead of holding anything back.
                json.WriteString("systemMessage"u8, reason);
                break;
            default:
                Block(json, reason);
                DenyTool(json, "PreToolUse", reason);
                break;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    private static void Block(Utf8JsonWriter json, string reason)
    {
        json.WriteString("decision"u8, "block"u8);
        json.WriteString("reason"u8, reason);
    }

    private static void DenyTool(Utf8JsonWriter json, string hookEvent, string reason)
    {
        json.WriteStartObject("hookSpecificOutput"u8);
        json.WriteString("hookEventName"u8, hookEvent);
        json.WriteString("permissionDecision"u8, "deny"u8);
        json.WriteString("permissionDecisionReason"u8, reason);
        json.WriteEndObject();
    }

    private static void DenyPermission(Utf8JsonWriter json, string reason)
    {
        json.WriteStartObject("hookSpecificOutput"u8);
        json.WriteString("hookEventName"u8, "PermissionRequest"u8);
        json.WriteStartObject("decision"u8);
        json.WriteString("behavior"u8, "deny"u8);
        json.WriteString("message"u8, reason);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
