using System.Buffers;
using System.Text.Json;
using Systemprompt.Audit;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>A decision's trace as it is stored: <c>[{"policy":"scope","outcome":"pass","us":3}]</c>.</summary>
internal static class DecisionTrace
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes the trace as a json field.</summary>
    public static void Write(ref CopyTuple tuple, IReadOnlyList<PolicyStep> trace)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(512);
        var json = _writer ??= new Utf8JsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartArray();
        foreach (var step in trace)
        {
            json.WriteStartObject();
            json.WriteString("policy"u8, step.Policy);
            json.WriteString("outcome"u8, Name(step.Outcome));
            json.WriteNumber("us"u8, step.Microseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        tuple.Json(buffer.WrittenSpan);
    }

    private static string Name(PolicyOutcome outcome) => outcome == PolicyOutcome.Pass ? "pass" : DecisionRow.Verdict(outcome);
}
