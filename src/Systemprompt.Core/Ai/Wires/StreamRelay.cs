using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>
/// Passes a stream on as it arrives, event by event and byte for byte, reading a copy. What ends the answer for its client is held back
/// until the call's settled row is committed, so that no client has a complete message that the audit trail does not.
/// </summary>
internal sealed class StreamRelay(ModelCall call, CallTimer timer, StreamBuffer buffer, IAnswerTap tap) : StreamPassage(call, timer)
{
    // How long the provider gets to end its answer after its last event, so that its connection can serve again.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private GatewayFault? _refusal;
    private bool _holds;

    // Bytes of events that were read and are kept back: for the call's row, or until a policy knows what they are. They stand behind what may go on, and in front of what has not been read.
    private int _held;

    public async Task RunAsync(Stream upstream)
    {
        try
        {
            await RelayAsync(upstream);
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            await BrokenAsync();
        }
    }

    private async Task RelayAsync(Stream upstream)
    {
        var provider = Call.Provider!;
        while (true)
        {
            Timer.Allow(provider.Settings.IdleTimeout);
            var read = upstream.ReadAsync(buffer.GetSpace(), Timer.Token);
            // The client learns that its answer has begun even while the first event is on its way. Not cancellable: an exception here would
            // leave the read behind, in an array that is somebody else's by the time it ends.
            if (!read.IsCompleted && !Call.Context.Response.HasStarted) await Call.Context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            var count = await read;
            if (count == 0)
            {
                if (tap.IsWhole && (_refusal ??= Call.Scan?.End()) is { } refused) await EndAsync(CallStatus.Refused, refused);
                else if (tap.IsWhole) await FinishAsync(upstream, StreamStep.Complete);
                else await EndAsync(CallStatus.Failed, GatewayFault.Truncated(provider.Name));
                return;
            }

            Call.SeeFirstByte();
            Call.ResponseBytes += count;
            buffer.Advance(count);
            var step = ReadEvents(out var whole);
            await SendAsync(whole);
            if (_refusal is not null)
            {
                // The provider learns of it when its connection closes.
                await EndAsync(CallStatus.Refused, _refusal);
                return;
            }

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
        while (buffer.NextEvent(whole + _held) is { IsEmpty: false } next)
        {
            var length = next.Length;
            var step = tap.Read(next);
            if (step != StreamStep.Failed && (_refusal = Judge(next, step)) is not null) return StreamStep.Open;
            switch (step)
            {
                case StreamStep.Complete or StreamStep.Failed:
                    return step;
                case StreamStep.Drop:
                    buffer.Remove(whole + _held, length);
                    Call.ResponseBytes -= length;
                    break;
                case StreamStep.Hold:
                case StreamStep.Open when _holds:
                    _holds = true;
                    _held += length;
                    break;
                default:
                    _held += length;
                    if (Call.Scan is { IsUndecided: true }) break;
                    (whole, _held) = (whole + _held, 0);
                    break;
            }
        }

        return StreamStep.Open;
    }

    /// <summary>
    /// Has the policies read an event; the one that ends the stream ends its texts too. One that is only held may end one of several answers, while the texts
    /// of the others go on.
    /// </summary>
    private GatewayFault? Judge(ReadOnlySpan<byte> sse, StreamStep step)
    {
        if (Call.Scan is not { } scan) return null;
        var fault = scan.ReadEvent(sse);
        return fault is null && step == StreamStep.Complete ? scan.End() : fault;
    }

    private async Task FinishAsync(Stream upstream, StreamStep step)
    {
        Note();
        // What no policy has decided on is never known now.
        if (Call.Scan is { IsUndecided: true }) buffer.Take(_held);
        try
        {
            if (step == StreamStep.Complete) await SettleAsync(CallStatus.Completed, null);
            else await SettleAsync(CallStatus.Failed, tap.ErrorType ?? "error");
        }
        catch (AuditUnavailableException)
        {
            await WriteAsync(Call.Door.Errors.Event(GatewayFault.AuditAway(), Call.IdText));
            return;
        }

        await SendAsync(buffer.Length);
        while (true)
        {
            Timer.Allow(Farewell);
            var count = await upstream.ReadAsync(buffer.GetSpace(), Timer.Token);
            if (count == 0) return;
            buffer.Advance(count);
            await SendAsync(count);
        }
    }

    protected override void Note() => tap.Note(Call);

    private ValueTask SendAsync(int count) => count == 0 ? ValueTask.CompletedTask : WriteAsync(buffer.Take(count));
}
