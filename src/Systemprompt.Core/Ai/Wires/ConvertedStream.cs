namespace Systemprompt.Ai;

/// <summary>Passes on the stream of an HTTP provider that speaks another protocol.</summary>
internal sealed class ConvertedStream(ModelCall call, CallTimer timer, StreamBuffer buffer, IChatStreamReader reader, IChatStreamWriter writer) : StepPassage(call, timer, writer)
{
    protected override TokenUsage? Usage => reader.Usage;

    protected override bool IsEstimated => reader.IsEstimated;

    protected override bool PricedElsewhere => reader.PricedElsewhere;

    public async Task RunAsync(Stream upstream)
    {
        BeginStream();
        try
        {
            await RelayAsync(upstream);
        }
        catch (ConversionException exception)
        {
            await EndAsync(CallStatus.Failed, GatewayFault.BadAnswer(Call.Provider!.Name, exception.Message));
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            await BrokenAsync();
        }
    }

    private async Task RelayAsync(Stream upstream)
    {
        while (true)
        {
            Timer.Allow(Call.Provider!.Settings.IdleTimeout);
            var read = upstream.ReadAsync(buffer.GetSpace(), Timer.Token);
            // The client learns that its answer has begun even while the first event is on its way. Not cancellable: an exception here would
            // leave the read behind, in an array that is somebody else's by the time it ends.
            if (!read.IsCompleted && !Call.Context.Response.HasStarted) await Call.Context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            var count = await read;
            Steps.Clear();
            if (count == 0) reader.End(Steps);
            else Read(count);
            if (await PassAsync()) return;
            if (count != 0) continue;
            await EndAsync(CallStatus.Failed, GatewayFault.Truncated(Call.Provider!.Name));
            return;
        }
    }

    private void Read(int count)
    {
        Call.SeeFirstByte();
        buffer.Advance(count);
        var whole = 0;
        while (buffer.NextEvent(whole) is { IsEmpty: false } next)
        {
            reader.Read(next, Steps);
            whole += next.Length;
        }

        buffer.Take(whole);
    }
}
