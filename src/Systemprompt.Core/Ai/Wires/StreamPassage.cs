using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>How a stream on its way to a client ends when its provider does not end it: settled first, then told.</summary>
internal abstract class StreamPassage(ModelCall call, CallTimer timer)
{
    protected ModelCall Call { get; } = call;

    protected CallTimer Timer { get; } = timer;

    /// <summary>Takes over what is known of the answer by now.</summary>
    protected abstract void Note();

    /// <summary>Ends a stream that broke. A broken connection can show before the token does, so the cause is asked, not the exception.</summary>
    protected Task BrokenAsync() => Timer.Cause switch
    {
        CutCause.Client => AbortAsync(),
        CutCause.Shutdown => EndAsync(CallStatus.Interrupted, GatewayFault.Stopping()),
        CutCause.Timeout => EndAsync(CallStatus.Failed, GatewayFault.TimedOut(Call.Provider!.Name, "go on with its answer")),
        _ => EndAsync(CallStatus.Failed, GatewayFault.Truncated(Call.Provider!.Name)),
    };

    /// <summary>Settles, then writes an error event, so that the client does not take the stream as complete.</summary>
    protected async Task EndAsync(CallStatus status, GatewayFault fault)
    {
        // What comes after the message's end and settlement is of no interest.
        if (Call.IsSettled) return;
        Note();
        try
        {
            await SettleAsync(status, fault.Code);
        }
        catch (AuditUnavailableException)
        {
            fault = GatewayFault.AuditAway();
        }

        await WriteAsync(Call.Door.Errors.Event(fault, Call.IdText));
    }

    // The status is the answer's from the beginning, also while nothing has been sent yet.
    protected ValueTask SettleAsync(CallStatus status, string? error) => Call.SettleAsync(status, error, Call.Context.Response.StatusCode);

    protected ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        Timer.AwaitClientAsync(Call.Context.Response.BodyWriter.WriteAsync(bytes, Call.Context.RequestAborted), Call.Context);

    protected static bool IsBroken(Exception exception) => exception is OperationCanceledException or IOException or HttpRequestException or InvalidDataException;

    private async Task AbortAsync()
    {
        if (Call.IsSettled) return;
        Note();
        await SettleAsync(CallStatus.Aborted, "client_closed");
    }
}
