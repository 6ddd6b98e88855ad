using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>Reads an answer that comes in one piece, within a size and the provider's time.</summary>
internal sealed class UpstreamBody(ModelCall call, CallTimer timer, long limit)
{
    public async Task<PooledBody> ReadAsync(Stream stream, long? length)
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

    /// <summary>The body without its content encoding; null when it has none.</summary>
    public async Task<PooledBody?> DecompressAsync(string? encoding, PooledBody body)
    {
        if (Encodings.IsPlain(encoding)) return null;
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

    private Exception Explain(Exception exception) => (timer.Cause, exception) switch
    {
        (CutCause.Client or CutCause.Shutdown, _) => new OperationCanceledException(null, exception, timer.Token),
        (CutCause.Timeout, _) => new GatewayException(GatewayFault.TimedOut(call.Provider!.Name, "go on with its answer"), exception),
        (_, IOException or HttpRequestException) => new GatewayException(GatewayFault.Cut(call.Provider!.Name), exception),
        _ => exception,
    };
}
