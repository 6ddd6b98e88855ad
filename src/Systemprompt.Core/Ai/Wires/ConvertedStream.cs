using System.Buffers;
using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>
/// Passes a stream on step by step in the client's words. The step that ends it is held back until the call's settled row is committed, so
/// that no client has a complete answer that the audit trail does not.
/// </summary>
internal sealed class ConvertedStream(ModelCall call, CallTimer timer, StreamBuffer buffer, IChatStreamReader reader, IChatStreamWriter writer) : StreamPassage(call, timer)
{
    private readonly List<ChatEvent> _steps = [];
    private readonly ArrayBufferWriter<byte> _output = new(4096);

    // How much of the output may leave.
    private int _decided;

    public async Task RunAsync(Stream upstream)
    {
        var response = Call.Context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
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
            _steps.Clear();
            if (count == 0) reader.End(_steps);
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
            reader.Read(next, _steps);
            whole += next.Length;
        }

        buffer.Take(whole);
    }

    /// <summary>Writes the steps that have come; true when the last of them ended the answer.</summary>
    private async Task<bool> PassAsync()
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            if (Call.Scan?.Read(_steps[i]) is { } refusal)
            {
                await SendAsync();
                if (_steps[i] is AnswerEnds known) Call.Note(known.End);
                await EndAsync(CallStatus.Refused, refusal);
                return true;
            }

            switch (_steps[i])
            {
                case AnswerEnds ends:
                    await SendAsync();
                    Call.Note(ends.End);
                    await FinishAsync(ends, CallStatus.Completed, null);
                    return true;
                case AnswerFails fails:
                    await SendAsync();
                    // What no policy has decided on is never known now.
                    _output.ResetWrittenCount();
                    Note();
                    await FinishAsync(new AnswerFails(Call.Door.Errors.Known(fails.Type), ProviderKeys.Without(fails.Message, Call.ProviderKey)), CallStatus.Failed, fails.Type);
                    return true;
                case var step:
                    writer.Write(_output, step);
                    if (Call.Scan is not { IsUndecided: true }) _decided = _output.WrittenCount;
                    break;
            }
        }

        await SendAsync();
        return false;
    }

    private async Task FinishAsync(ChatEvent last, CallStatus status, string? error)
    {
        writer.Write(_output, last);
        Call.ResponseBytes += _output.WrittenCount;
        try
        {
            await SettleAsync(status, error);
        }
        catch (AuditUnavailableException)
        {
            await WriteAsync(Call.Door.Errors.Event(GatewayFault.AuditAway(), Call.IdText));
            return;
        }

        await WriteAsync(_output.WrittenMemory);
    }

    protected override void Note() => Call.Note(reader.Usage);

    /// <summary>Sends what may go; what no policy has decided on stays.</summary>
    private async ValueTask SendAsync()
    {
        if (_decided == 0) return;
        Call.ResponseBytes += _decided;
        await WriteAsync(_output.WrittenMemory[.._decided]);
        var rest = _decided == _output.WrittenCount ? [] : _output.WrittenSpan[_decided..].ToArray();
        _output.ResetWrittenCount();
        _output.Write(rest);
        _decided = 0;
    }
}
