using System.Text;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>Passes on an answer that comes in one piece: a message, or the provider's error, byte for byte, once the call is settled.</summary>
internal sealed class BodyRelay(ModelCall call, CallTimer timer, long limit)
{
    public async Task RunAsync(HttpResponseMessage response, Stream stream)
    {
        using var body = await ReadAsync(stream, response.Content.Headers.ContentLength);
        call.SeeFirstByte();
        var encoding = response.Text("content-encoding");
        using var plain = Encodings.IsPlain(encoding) ? null : await DecompressAsync(encoding!, body);
        var answer = new AnswerReader();
        var readable = answer.Read((plain ?? body).Span);
        Note(answer);
        if (response.IsSuccessStatusCode)
        {
            if (!readable) throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, "it is not JSON"));
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
            var error = answer.ErrorType ?? $"http_{(int)response.StatusCode}";
            await SendAsync(response, WithoutKey((plain ?? body).Memory), decoded: plain is not null, CallStatus.Failed, error);
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

    private void Note(AnswerReader answer)
    {
        call.Usage = answer.Usage;
        call.UsageKnown = answer.UsageKnown;
        call.PricedElsewhere = answer.IsFast;
        call.StopReason = answer.StopReason;
    }

    private async Task<PooledBody> ReadAsync(Stream stream, long? length)
    {
        var provider = call.Provider!;
        var body = new PooledBody(limit);
        try
        {
            while (true)
            {
                timer.Allow(provider.Settings.IdleTimeout);
                var count = await stream.ReadAsync(body.GetSpace(length + 1), timer.Token);
                if (count == 0) return body;
                body.Advance(count);
                if (body.IsOverLimit) throw new GatewayException(GatewayFault.BadAnswer(provider.Name, $"it is larger than {new Profiles.ByteSize(limit)} (ai.max_response_body)"));
            }
        }
        catch (Exception exception)
        {
            body.Dispose();
            if (exception is GatewayException) throw;
            throw Explain(exception);
        }
    }

    private Exception Explain(Exception exception) => (timer.Cause, exception) switch
    {
        (CutCause.Client or CutCause.Shutdown, _) => new OperationCanceledException(null, exception, timer.Token),
        (CutCause.Timeout, _) => new GatewayException(GatewayFault.TimedOut(call.Provider!.Name, "go on with its answer"), exception),
        (_, IOException or HttpRequestException) => new GatewayException(GatewayFault.Cut(call.Provider!.Name), exception),
        _ => exception,
    };

    private async Task<PooledBody> DecompressAsync(string encoding, PooledBody body)
    {
        using var compressed = new MemoryStream(body.Array, 0, body.Length, writable: false);
        await using var stream = Encodings.Decompress(encoding, compressed, call.Provider!.Name)!;
        try
        {
            return await ReadAsync(stream, null);
        }
        catch (InvalidDataException exception)
        {
            throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, $"it is not {encoding} data as it says"), exception);
        }
    }

    /// <summary>An error text can repeat what it complains about. Our key leaves in none.</summary>
    private ReadOnlyMemory<byte> WithoutKey(ReadOnlyMemory<byte> body)
    {
        var key = call.ProviderKey;
        return body.Span.IndexOf(Encoding.UTF8.GetBytes(key)) < 0
            ? body
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span).Replace(key, "[redacted]", StringComparison.Ordinal));
    }
}
