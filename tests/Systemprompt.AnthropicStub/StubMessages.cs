using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Systemprompt.AnthropicStub;

/// <summary>Answers as the vendor words them: a message in one piece, or the events of its stream.</summary>
public static class StubMessages
{
    /// <summary>The pieces of the text: one cut lies inside no character, but their UTF-8 does not break at even places either.</summary>
    public static IReadOnlyList<string> Pieces { get; } = ["Hello", " from", " the stub: ", "Grüße, ", "世界 ", "🎉", "\u0000\"quoted\"\n"];

    /// <summary>The text of a good answer.</summary>
    public static string Text { get; } = string.Concat(Pieces);

    internal static byte[] Message(string model, StubBehaviour behaviour)
    {
        var text = behaviour == StubBehaviour.TenMegabytes ? new string('x', 10 * 1024 * 1024) : Text;
        return Encoding.UTF8.GetBytes(
            $$$$"""{"model":{{{{Json(model)}}}},"id":"msg_01StubStubStubStubStub01","type":"message","role":"assistant","content":[{"type":"text","text":{{{{Json(text)}}}}}],"stop_reason":"end_turn","stop_sequence":null{{{{Usage(behaviour, 9)}}}},"stub_unknown_field":{"a": [1,  2.50 , null]}}""");
    }

    internal static IEnumerable<byte[]> Events(string model, StubBehaviour behaviour)
    {
        yield return Event("message_start",
            $$$$"""{"type":"message_start","message":{"model":{{{{Json(model)}}}},"id":"msg_01StubStubStubStubStub01","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null{{{{Usage(behaviour, 2)}}}}} }""");
        yield return Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}   }""");
        yield return Event("ping", """{"type": "ping"}""");
        var pieces = behaviour == StubBehaviour.TenMegabytes ? Enumerable.Repeat(new string('x', 64 * 1024), 160) : Pieces;
        foreach (var piece in pieces)
            yield return Event("content_block_delta", $$$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":{{{{Json(piece)}}}}}            }""");
        if (behaviour == StubBehaviour.ErrorMid)
        {
            yield return Event("error", """{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}""");
            yield break;
        }

        yield return Event("content_block_stop", """{"type":"content_block_stop","index":0         }""");
        yield return Event("stub_unknown_event", """{"type":"stub_unknown_event","b":1}""");
        var usage = behaviour == StubBehaviour.NoUsage ? "" : behaviour == StubBehaviour.Cache
            ? ""","usage":{"input_tokens":25,"cache_creation_input_tokens":300,"cache_read_input_tokens":1000,"output_tokens":9}"""
            : ""","usage":{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":9}""";
        yield return Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}{{{usage}}}              }""");
        if (behaviour != StubBehaviour.Truncate) yield return Event("message_stop", """{"type":"message_stop"           }""");
    }

    internal static byte[] Error(string type, string message, string requestId) =>
        Encoding.UTF8.GetBytes($$$"""{"type":"error","error":{"type":{{{Json(type)}}},"message":{{{Json(message)}}}},"request_id":{{{Json(requestId)}}}}""");

    internal static (string Type, string Message) OfStatus(int status) => status switch
    {
        400 => ("invalid_request_error", "messages.0: stub says no"),
        401 => ("authentication_error", "invalid x-api-key"),
        429 => ("rate_limit_error", "This request would exceed your organization's rate limit"),
        529 => ("overloaded_error", "Overloaded"),
        _ => ("api_error", "Internal server error"),
    };

    private static string Usage(StubBehaviour behaviour, int output) => behaviour switch
    {
        StubBehaviour.NoUsage => "",
        StubBehaviour.Cache => $$$""","usage":{"input_tokens":25,"cache_creation_input_tokens":300,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":{{{output}}},"service_tier":"standard"}""",
        _ => $$$""","usage":{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":{{{output}}},"service_tier":"standard"}""",
    };

    private static byte[] Event(string name, string data) => Encoding.UTF8.GetBytes($"event: {name}\ndata: {data}\n\n");

    // Plain UTF-8, as the vendor writes it.
    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
