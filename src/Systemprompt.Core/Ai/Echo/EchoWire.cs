using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>The built-in model: no key, no network, the same rows and prices as any other. For trials, tests and air gaps.</summary>
internal sealed class EchoWire : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        if (call.Door != GatewayDoor.Messages)
        {
            await EchoInOtherWords.AnswerAsync(call, timer);
            return;
        }

        var reply = EchoReply.To(EchoRequest.Read(call.Body!.Memory), call.Head.MaxTokens);
        reply.Note(call);
        using var writer = new EchoWriter(call.Id, call.Head.Model!);
        if (call.Head.Stream) await StreamAsync(call, timer, reply, writer);
        else await SendAsync(call, reply, writer);
    }

    private static async Task SendAsync(ModelCall call, EchoReply reply, EchoWriter writer)
    {
        if (Judge(call, reply) is { } refusal) throw new GatewayException(refusal);
        writer.Message(reply);
        var response = call.Context.Response;
        call.ResponseBytes = writer.Written.Length;
        await call.SettleAsync(CallStatus.Completed, httpStatus: 200);
        response.ContentType = "application/json";
        response.ContentLength = writer.Written.Length;
        await response.BodyWriter.WriteAsync(writer.Written, call.Context.RequestAborted);
    }

    private static async Task StreamAsync(ModelCall call, CallTimer timer, EchoReply reply, EchoWriter writer)
    {
        call.Context.Response.ContentType = "text/event-stream; charset=utf-8";
        call.Context.Response.Headers.CacheControl = "no-cache";
        writer.Start(reply);
        await FlushAsync(call, timer, writer);
        foreach (var piece in reply.Pieces())
        {
            if (call.Scan?.Piece(0, piece.Span) is { } refusal)
            {
                await EndAsync(call, timer, refusal);
                return;
            }

            writer.Delta(reply.Tool is not null, piece.Span);
            if (call.Scan is not { IsUndecided: true }) await FlushAsync(call, timer, writer);
        }

        if (call.Scan?.End() is { } last)
        {
            await EndAsync(call, timer, last);
            return;
        }

        writer.Finish(reply);
        await FlushAsync(call, timer, writer);
        writer.Stop();
        call.ResponseBytes += writer.Written.Length;
        try
        {
            await call.SettleAsync(CallStatus.Completed);
        }
        catch (AuditUnavailableException)
        {
            await call.Context.Response.BodyWriter.WriteAsync(call.Door.Errors.Event(GatewayFault.AuditAway(), call.IdText), timer.Token);
            return;
        }

        // The trail says that it is complete, so nothing but the client's leaving keeps the last event back.
        await call.Context.Response.BodyWriter.WriteAsync(writer.Written, call.Context.RequestAborted);
    }

    /// <summary>Has the policies read the whole reply.</summary>
    public static GatewayFault? Judge(ModelCall call, EchoReply reply) => call.Scan is not { } scan ? null : reply.Tool is null ? scan.Text(reply.Text) : scan.Text(reply.Tool) ?? scan.Text(reply.Input);

    /// <summary>Ends a stream that a policy refused.</summary>
    public static async Task EndAsync(ModelCall call, CallTimer timer, GatewayFault refusal)
    {
        try
        {
            await call.SettleAsync(CallStatus.Refused, refusal.Code);
        }
        catch (AuditUnavailableException)
        {
            refusal = GatewayFault.AuditAway();
        }

        await call.Context.Response.BodyWriter.WriteAsync(call.Door.Errors.Event(refusal, call.IdText), timer.Token);
    }

    private static async Task FlushAsync(ModelCall call, CallTimer timer, EchoWriter writer)
    {
        call.ResponseBytes += writer.Written.Length;
        await call.Context.Response.BodyWriter.WriteAsync(writer.Written, timer.Token);
        writer.Clear();
    }
}
