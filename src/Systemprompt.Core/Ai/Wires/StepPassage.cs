using System.Buffers;
using Systemprompt.Audit;

namespace Systemprompt.Ai;

/// <summary>
/// Passes a stream on step by step in the client's words. The step that ends it is held back until the call's settled row is committed, so
/// that no client has a complete answer that the audit trail does not.
/// </summary>
internal abstract class StepPassage(ModelCall call, CallTimer timer, IChatStreamWriter writer) : StreamPassage(call, timer)
{
    private readonly ArrayBufferWriter<byte> _output = new(4096);

    // How much of the output may leave.
    private int _decided;

    /// <summary>The steps that have come and are not passed yet.</summary>
    protected List<ChatEvent> Steps { get; } = [];

    /// <summary>What the answer has come to by now; null when nobody said.</summary>
    protected abstract TokenUsage? Usage { get; }

    /// <summary>Whether some of that is an estimate.</summary>
    protected virtual bool IsEstimated => false;

    /// <summary>Whether it was charged by another list than the provider's usual one.</summary>
    protected virtual bool PricedElsewhere => false;

    protected void BeginStream()
    {
        var response = Call.Context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
    }

    /// <summary>Writes the steps that have come; true when the last of them ended the answer.</summary>
    protected async Task<bool> PassAsync()
    {
        for (var i = 0; i < Steps.Count; i++)
        {
            if (Call.Scan?.Read(Steps[i]) is { } refusal)
            {
                await SendAsync();
                if (Steps[i] is AnswerEnds known) Note(known.End);
                await EndAsync(CallStatus.Refused, refusal);
                return true;
            }

            switch (Steps[i])
            {
                case AnswerEnds ends:
                    await SendAsync();
                    Note(ends.End);
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

    protected override void Note()
    {
        Call.Note(Usage);
        (Call.UsageEstimated, Call.PricedElsewhere) = (IsEstimated, PricedElsewhere);
    }

    private void Note(ChatEnd end)
    {
        Call.Note(end);
        (Call.UsageEstimated, Call.PricedElsewhere) = (IsEstimated, PricedElsewhere);
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
