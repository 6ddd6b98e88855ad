using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>The built-in model: no key, no network, the same rows and prices as any other. For trials, tests and air gaps.</summary>
internal sealed class EchoWire : IModelWire
{
    private const int Pieces = 8;
    private const int SmallestPiece = 8;

    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        var reply = EchoReply.To(EchoRequest.Read(call.Body!.Memory), call.Head.MaxTokens);
        call.ReachedProvider = true;
        call.Usage = reply.Usage;
        call.UsageKnown = true;
        call.StopReason = reply.StopReason;
        call.SeeFirstByte();
        call.Context.Response.Headers["request-id"] = call.IdText;
        using var writer = new EchoWriter(call.Id, call.Head.Model!);
        if (call.Head.Stream) await StreamAsync(call, timer, reply, writer);
        else await SendAsync(call, reply, writer);
    }

    private static async Task SendAsync(ModelCall call, EchoReply reply, EchoWriter writer)
    {
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
        var content = reply.Tool is null ? reply.Text : reply.Input;
        var size = Math.Max(SmallestPiece, (content.Length + Pieces - 1) / Pieces);
        for (var at = 0; at < content.Length;)
        {
            var end = Math.Min(content.Length, at + size);
            // No piece may end between the halves of a character.
            if (end < content.Length && char.IsHighSurrogate(content[end - 1])) end++;
            writer.Delta(reply.Tool is not null, content.AsSpan(at, end - at));
            await FlushAsync(call, timer, writer);
            at = end;
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
            await call.Context.Response.BodyWriter.WriteAsync(AnthropicErrors.Event(GatewayFault.AuditAway(), call.IdText), timer.Token);
            return;
        }

        // The trail says that it is complete, so nothing but the client's leaving keeps the last event back.
        await call.Context.Response.BodyWriter.WriteAsync(writer.Written, call.Context.RequestAborted);
    }

    private static async Task FlushAsync(ModelCall call, CallTimer timer, EchoWriter writer)
    {
        call.ResponseBytes += writer.Written.Length;
        await call.Context.Response.BodyWriter.WriteAsync(writer.Written, timer.Token);
        writer.Clear();
    }
}
