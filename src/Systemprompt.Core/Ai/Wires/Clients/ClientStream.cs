namespace Systemprompt.Ai;

/// <summary>Passes on the stream of a chat client.</summary>
internal sealed class ClientStream(ModelCall call, CallTimer timer, ClientUpdates updates, IChatStreamWriter writer) : StepPassage(call, timer, writer)
{
    private readonly ClientSteps _reader = new();

    protected override TokenUsage? Usage => _reader.Usage;

    /// <returns>What the client threw, if that ended the stream.</returns>
    public async Task<Exception?> RunAsync()
    {
        BeginStream();
        try
        {
            await RelayAsync();
        }
        catch (ConversionException exception)
        {
            await EndAsync(CallStatus.Failed, GatewayFault.BadAnswer(Call.Provider!.Name, exception.Message));
        }
        catch (ClientException exception)
        {
            await EndAsync(CallStatus.Failed, GatewayFault.ClientFailed(Call.Provider!.Name));
            return exception.InnerException;
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            await BrokenAsync();
        }

        return null;
    }

    private async Task RelayAsync()
    {
        for (var more = true; ; more = await MoveAsync())
        {
            Steps.Clear();
            if (more) Read();
            else _reader.End(Steps);
            if (await PassAsync()) return;
        }
    }

    private void Read()
    {
        try
        {
            var update = updates.Current;
            Call.UpstreamRequestId ??= update.ResponseId;
            _reader.Read(update, Steps);
        }
        catch (Exception exception) when (exception is not ConversionException)
        {
            throw new ClientException(exception);
        }
    }

    private async ValueTask<bool> MoveAsync()
    {
        Timer.Allow(Call.Provider!.Settings.IdleTimeout);
        try
        {
            var move = updates.MoveAsync(Timer.Token);
            // The caller learns that its answer has begun even while the first words are on their way.
            if (!move.IsCompleted && !Call.Context.Response.HasStarted) await Call.Context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            return await move;
        }
        catch (Exception exception)
        {
            // The cause is asked, not the exception: a client may answer to its token with any.
            throw Timer.Cause == CutCause.None ? new ClientException(exception) : new OperationCanceledException(null, exception, Timer.Token);
        }
    }

    private sealed class ClientException(Exception inner) : Exception(inner.Message, inner);
}
