using System.Buffers;
using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>The echo model for clients of other protocols than Anthropic's: the call goes through the canonical form, as to any provider of another protocol.</summary>
internal static class EchoInOtherWords
{
    public static async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        var (reply, request) = Reply(call);
        reply.Note(call);
        var facts = new AnswerFacts(call.Id, call.OpenedAt, call.Head.Model!);
        if (request.Stream) await StreamAsync(call, timer, reply, call.Door.Protocol.WriteStream(facts, call.Body!.Memory));
        else await SendAsync(call, reply, facts);
    }

    private static (EchoReply Reply, ChatRequest Request) Reply(ModelCall call)
    {
        try
        {
            var request = call.Door.Protocol.ReadRequest(call.Body!.Memory);
            var words = new ArrayBufferWriter<byte>(call.Body.Length + 256);
            MessagesRequestWriter.Write(words, request);
            return (EchoReply.To(EchoRequest.Read(words.WrittenMemory), call.Head.MaxTokens), request);
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.NotConverted(call.Provider!.Name, exception.Message), exception);
        }
    }

    private static async Task SendAsync(ModelCall call, EchoReply reply, AnswerFacts facts)
    {
        if (EchoWire.Judge(call, reply) is { } refusal) throw new GatewayException(refusal);
        var output = new ArrayBufferWriter<byte>(1024);
        call.Door.Protocol.WriteAnswer(output, new ChatAnswer { Model = facts.Model, Blocks = [Block(call, reply, whole: true)], End = End(reply) }, facts);
        call.ResponseBytes = output.WrittenCount;
        await call.SettleAsync(CallStatus.Completed, httpStatus: 200);
        var response = call.Context.Response;
        response.ContentType = "application/json";
        response.ContentLength = output.WrittenCount;
        await response.BodyWriter.WriteAsync(output.WrittenMemory, call.Context.RequestAborted);
    }

    private static async Task StreamAsync(ModelCall call, CallTimer timer, EchoReply reply, IChatStreamWriter writer)
    {
        var response = call.Context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        var output = new ArrayBufferWriter<byte>(1024);
        foreach (var step in Steps(call, reply))
        {
            if (call.Scan?.Read(step) is { } refusal)
            {
                await EchoWire.EndAsync(call, timer, refusal);
                return;
            }

            writer.Write(output, step);
            if (output.WrittenCount == 0 || call.Scan is { IsUndecided: true }) continue;
            call.ResponseBytes += output.WrittenCount;
            await response.BodyWriter.WriteAsync(output.WrittenMemory, timer.Token);
            output.ResetWrittenCount();
        }

        writer.Write(output, new AnswerEnds(End(reply)));
        call.ResponseBytes += output.WrittenCount;
        try
        {
            await call.SettleAsync(CallStatus.Completed);
        }
        catch (AuditUnavailableException)
        {
            await response.BodyWriter.WriteAsync(call.Door.Errors.Event(GatewayFault.AuditAway(), call.IdText), timer.Token);
            return;
        }

        // The trail says that it is complete, so nothing but the client's leaving keeps the end back.
        await response.BodyWriter.WriteAsync(output.WrittenMemory, call.Context.RequestAborted);
    }

    private static IEnumerable<ChatEvent> Steps(ModelCall call, EchoReply reply)
    {
        yield return new AnswerBegins(null, call.Head.Model!, null);
        yield return new BlockBegins(0, Block(call, reply, whole: false));
        foreach (var piece in reply.Pieces())
            yield return reply.Tool is null ? new TextDelta(0, piece.ToString()) : new InputDelta(0, piece.ToString());
        yield return new BlockEnds(0);
    }

    private static ChatBlock Block(ModelCall call, EchoReply reply, bool whole) =>
        reply.Tool is { } tool ? new ToolUseBlock($"call_{call.Id:N}", tool, whole ? reply.Input : "") : new TextBlock(whole ? reply.Text : "");

    private static ChatEnd End(EchoReply reply) => new(MessagesWords.Stop(reply.StopReason), null, reply.Usage);
}
