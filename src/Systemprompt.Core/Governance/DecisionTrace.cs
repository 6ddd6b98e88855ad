using System.Buffers;
using System.Text;
using System.Text.Json;
using Systemprompt.Audit;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>A decision's trace as it is stored: <c>[{"policy":"scope","outcome":"pass","us":3}]</c>, with <c>"observed":true</c> and <c>"reason"</c> where they apply.</summary>
internal static class DecisionTrace
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // Of a remark. A sentence of a policy is far shorter.
    private const int LongestReason = 512;

    /// <summary>Writes the trace as a json field.</summary>
    public static void Write(ref CopyTuple tuple, IReadOnlyList<PolicyStep> trace) => tuple.Json(Bytes(trace));

    /// <summary>The trace in words.</summary>
    public static string Text(IReadOnlyList<PolicyStep> trace) => Encoding.UTF8.GetString(Bytes(trace));

    /// <summary>The trace in words, valid until this thread asks for another.</summary>
    public static ReadOnlySpan<byte> Bytes(IReadOnlyList<PolicyStep> trace)
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
            if (step.Observed) json.WriteBoolean("observed"u8, true);
            if (step.Remark is { } remark) json.WriteString("reason"u8, remark.Length <= LongestReason ? remark : remark[..LongestReason]);
            json.WriteNumber("us"u8, step.Microseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static string Name(PolicyOutcome outcome) => outcome switch
    {
        PolicyOutcome.Pass => "pass",
        PolicyOutcome.Warn => "warn",
        _ => DecisionRow.Verdict(outcome),
    };
}
