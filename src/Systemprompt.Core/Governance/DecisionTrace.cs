using System.Buffers;
using System.Text.Json;
using Systemprompt.Audit;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>
/// A decision's trace as it is stored: <c>[{"policy":"scope","outcome":"pass","us":3}]</c>, with <c>"observed":true</c> and <c>"reason"</c> where they apply; and its
/// reason. A policy's sentence may name a tool or a model, which is what a client wrote: here it is searched for credentials, for every row.
/// </summary>
internal static class DecisionTrace
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // A sentence of a policy is far shorter.
    private const int LongestReason = 2048;
    private const int LongestRemark = 512;

    /// <summary>Writes the trace as a json field.</summary>
    public static void Write(ref CopyTuple tuple, IReadOnlyList<PolicyStep> trace) => tuple.Json(Bytes(trace));

    /// <summary>Writes why it was refused as a text field. Cut only behind the search, since half a credential is not found.</summary>
    public static void WriteReason(ref CopyTuple tuple, string? reason) => tuple.Text(RecordedText.Of(reason), LongestReason);

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
            if (RecordedText.Of(step.Remark) is { } remark) json.WriteString("reason"u8, remark.Length <= LongestRemark ? remark : remark[..LongestRemark]);
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
