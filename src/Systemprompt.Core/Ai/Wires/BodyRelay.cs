namespace Systemprompt.Ai;

/// <summary>Passes on an answer that comes in one piece: a message, or the provider's error, byte for byte, once the call is settled.</summary>
internal sealed class BodyRelay(ModelCall call, CallTimer timer, long limit, IAnswerTap tap)
{
    public async Task RunAsync(HttpResponseMessage response, Stream stream)
    {
        var upstream = new UpstreamBody(call, timer, limit);
        using var body = await upstream.ReadAsync(stream, response.Content.Headers.ContentLength);
        call.SeeFirstByte();
        var encoding = response.Text("content-encoding");
        using var plain = await upstream.DecompressAsync(encoding, body);
        var readable = tap.ReadBody((plain ?? body).Span);
        tap.Note(call);
        if (response.IsSuccessStatusCode)
        {
            if (!readable) throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, "it is not JSON"));
            if (call.Scan?.ReadBody((plain ?? body).Span) is { } refusal) throw new GatewayException(refusal);
            // Compressed though we asked for plain: passed as it is only to a client that says it can read that.
            var verbatim = plain is null || Encodings.Accepts(call.Context.Request.Headers.AcceptEncoding, encoding!);
            await SendAsync(response, (verbatim ? body : plain!).Memory, decoded: !verbatim, CallStatus.Completed, null);
        }
        else if ((int)response.StatusCode < 400)
        {
            throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, $"status {(int)response.StatusCode}"));
        }
        else
        {
            // The provider answers no call that it charges for with an error.
            call.ReachedProvider = call.UsageKnown;
            var error = tap.ErrorType ?? $"http_{(int)response.StatusCode}";
            await SendAsync(response, ProviderKeys.Without((plain ?? body).Memory, call.ProviderKey), decoded: plain is not null, CallStatus.Failed, error);
        }
    }

    private async Task SendAsync(HttpResponseMessage response, ReadOnlyMemory<byte> bytes, bool decoded, CallStatus status, string? error)
    {
        call.ResponseBytes = bytes.Length;
        await call.SettleAsync(status, error, (int)response.StatusCode);
        call.Begin(response, decoded);
        call.Context.Response.ContentLength = bytes.Length;
        await timer.AwaitClientAsync(call.Context.Response.BodyWriter.WriteAsync(bytes, call.Context.RequestAborted), call.Context);
    }
}
