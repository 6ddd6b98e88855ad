using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>Gives a client a whole answer in its own words: read by the policies, settled, then sent.</summary>
internal static class WholeAnswer
{
    /// <param name="call">The call.</param>
    /// <param name="output">Where the answer is written to; empty.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="facts">What its envelope says beside it.</param>
    /// <exception cref="GatewayException">A policy refuses the answer.</exception>
    public static void Write(ModelCall call, ArrayBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts)
    {
        if (call.Scan?.Read(answer) is { } refusal) throw new GatewayException(refusal);
        call.Door.Protocol.WriteAnswer(output, answer, facts);
    }

    public static async Task SendAsync(ModelCall call, CallTimer timer, ArrayBufferWriter<byte> output)
    {
        call.ResponseBytes = output.WrittenCount;
        await call.SettleAsync(CallStatus.Completed, httpStatus: 200);
        call.Context.Response.ContentType = "application/json";
        call.Context.Response.ContentLength = output.WrittenCount;
        await timer.AwaitClientAsync(call.Context.Response.BodyWriter.WriteAsync(output.WrittenMemory, call.Context.RequestAborted), call.Context);
    }
}
