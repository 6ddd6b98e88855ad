using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>
/// Passes a message stream on as it arrives, event by event and byte for byte, reading a copy. The event that ends the stream is held back
/// until the call's settled row is committed, so that no client has a complete message that the audit trail does not.
/// </summary>
internal sealed class StreamRelay(ModelCall call, CallTimer timer, StreamBuffer buffer)
{
    // How long the provider gets to end its answer after its last event, so that its connection can serve again.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly MessageStreamReader _reader = new();

    public async Task RunAsync(Stream upstream)
    {
        try
        {
            await RelayAsync(upstream);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException or InvalidDataException)
        {
            // A broken connection can show before the token does, so the cause is asked, not the exception.
            var name = call.Provider!.Name;
            await (timer.Cause switch
            {
                CutCause.Client => AbortAsync(),
                CutCause.Shutdown => EndAsync(CallStatus.Interrupted, GatewayFault.Stopping()),
                CutCause.Timeout => EndAsync(CallStatus.Failed, GatewayFault.TimedOut(name, "go on with its answer")),
                _ => EndAsync(CallStatus.Failed, GatewayFault.Truncated(name)),
            });
        }
    }

    private async Task RelayAsync(Stream upstream)
    {
        var provider = call.Provider!;
        while (true)
        {
            timer.Allow(provider.Settings.IdleTimeout);
            var read = upstream.ReadAsync(buffer.GetSpace(), timer.Token);
            // The client learns that its answer has begun even while the first event is on its way. Not cancellable: an exception here would
            // leave the read behind, in an array that is somebody else's by the time it ends.
            if (!read.IsCompleted && !call.Context.Response.HasStarted) await call.Context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            var count = await read;
            if (count == 0)
            {
                await EndAsync(CallStatus.Failed, GatewayFault.Truncated(provider.Name));
                return;
            }

            call.SeeFirstByte();
            call.ResponseBytes += count;
            buffer.Advance(count);
            var step = ReadEvents(out var whole);
            await SendAsync(whole);
            if (step == StreamStep.Open) continue;
            await FinishAsync(upstream, step);
            return;
        }
    }

    /// <summary>Reads the whole events that have arrived, up to one that ends the stream.</summary>
    /// <param name="whole">How many bytes can go on.</param>
    /// <returns>What the event behind them means.</returns>
    private StreamStep ReadEvents(out int whole)
    {
        whole = 0;
        while (buffer.NextEvent(whole) is { IsEmpty: false } next)
        {
            var step = _reader.Read(next);
            if (step != StreamStep.Open) return step;
            whole += next.Length;
        }

        return StreamStep.Open;
    }

    private async Task FinishAsync(Stream upstream, StreamStep step)
    {
        Note();
        try
        {
            if (step == StreamStep.Complete) await SettleAsync(CallStatus.Completed, null);
            else await SettleAsync(CallStatus.Failed, _reader.Answer.ErrorType ?? "error");
        }
        catch (AuditUnavailableException)
        {
            await WriteAsync(AnthropicErrors.Event(GatewayFault.AuditAway(), call.IdText));
            return;
        }

        await SendAsync(buffer.Length);
        while (true)
        {
            timer.Allow(Farewell);
            var count = await upstream.ReadAsync(buffer.GetSpace(), timer.Token);
            if (count == 0) return;
            buffer.Advance(count);
            await SendAsync(count);
        }
    }

    /// <summary>Ends a stream that the provider did not: settled first, then an error event, so that the client does not take it as complete.</summary>
    private async Task EndAsync(CallStatus status, GatewayFault fault)
    {
        // What comes after the message's end and settlement is of no interest.
        if (call.IsSettled) return;
        Note();
        try
        {
            await SettleAsync(status, fault.Code);
        }
        catch (AuditUnavailableException)
        {
            fault = GatewayFault.AuditAway();
        }

        await WriteAsync(AnthropicErrors.Event(fault, call.IdText));
    }

    private async Task AbortAsync()
    {
        if (call.IsSettled) return;
        Note();
        await SettleAsync(CallStatus.Aborted, "client_closed");
    }

    // The status is the provider's from the beginning, also while nothing has been sent yet.
    private ValueTask SettleAsync(CallStatus status, string? error) => call.SettleAsync(status, error, call.Context.Response.StatusCode);

    private void Note()
    {
        call.Usage = _reader.Usage;
        call.UsageKnown = _reader.UsageKnown;
        call.UsageEstimated = _reader.IsEstimated;
        call.PricedElsewhere = _reader.Answer.IsFast;
        call.StopReason = _reader.Answer.StopReason;
    }

    private ValueTask SendAsync(int count) => count == 0 ? ValueTask.CompletedTask : WriteAsync(buffer.Take(count));

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        timer.AwaitClientAsync(call.Context.Response.BodyWriter.WriteAsync(bytes, call.Context.RequestAborted), call.Context);
}
