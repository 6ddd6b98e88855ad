using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Ai;

/// <summary>Asks a chat client for an opened call, as <see cref="UpstreamSender"/> asks a provider by HTTP: by its gate, within its time, and says what a failure means.</summary>
internal sealed partial class ChatClientSender(ChatClients clients, ProviderGates gates, TimeProvider clock, ILogger<ChatClientSender> logger)
{
    /// <summary>Asks, as often as the profile allows, and waits until an answer begins: the whole, or of a stream the first update.</summary>
    /// <exception cref="ProviderPassedException">The client is in trouble, and the call has another to go to.</exception>
    /// <exception cref="GatewayException">It failed, or did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">The caller or the host ended the call.</exception>
    public async Task<ClientAnswer> AskAsync(ModelCall call, CallTimer timer, ClientRequest request, bool stream)
    {
        var provider = call.Provider!;
        var attempt = await gates.For(provider).AskAsync(_ => AttemptAsync(call, timer, request, stream), timer.Token);
        if (attempt.Answer is { } answer) return answer;
        if (call.HasAlternative && attempt.IsWorthAnother) throw new ProviderPassedException(attempt.Explain(provider.Name), attempt.Exception);
        throw new GatewayException(attempt.Fault!, attempt.Exception);
    }

    private async ValueTask<Attempt> AttemptAsync(ModelCall call, CallTimer timer, ClientRequest request, bool stream)
    {
        var provider = call.Provider!;
        var stop = new ForeignStop(timer.Token);
        // The time is this attempt's: another one, or another provider, has its own.
        timer.Allow(Timeout.InfiniteTimeSpan);
        call.ReachedProvider = true;
        call.Attempts++;
        ClientUpdates? updates = null;
        try
        {
            var client = clients.For(provider);
            if (stream)
            {
                updates = new ClientUpdates(client.GetStreamingResponseAsync(request.Messages, request.Options, stop.Token).GetAsyncEnumerator(stop.Token), stop);
                if (!await updates.MoveAsync(provider.Settings.FirstByteTimeout, clock, timer.Token)) throw new ConversionException("it is empty");
                return new Attempt(null, null, null) { Answer = new ClientAnswer(null, updates) };
            }

            var whole = await client.GetResponseAsync(request.Messages, request.Options, stop.Token).WaitAsync(provider.Settings.FirstByteTimeout, clock, timer.Token);
            stop.End();
            return new Attempt(null, null, null) { Answer = new ClientAnswer(whole, null) };
        }
        catch (Exception exception)
        {
            stop.Now();
            if (updates is not null) await updates.DisposeAsync();
            if (timer.Cause is CutCause.Client or CutCause.Shutdown) throw new OperationCanceledException(null, exception, timer.Token);
            var fault = Explain(call, exception);
            call.MayOwe |= call.ReachedProvider;
            Failed(logger, provider.Settings.Client!, call.Id, fault.Code, exception);
            return new Attempt(null, fault, exception);
        }
    }

    /// <summary>What to tell the caller: nothing of what the exception says, which is the extension's, and may hold what no caller should see.</summary>
    private static GatewayFault Explain(ModelCall call, Exception exception)
    {
        var name = call.Provider!.Name;
        switch (exception)
        {
            case TimeoutException or OperationCanceledException { InnerException: TimeoutException }:
                return GatewayFault.TimedOut(name, "begin its answer");
            case HttpRequestException { StatusCode: { } status } when (int)status >= 400:
                // A provider answers no call that it charges for with an error.
                (call.ReachedProvider, call.UpstreamStatus) = (false, (int)status);
                return GatewayFault.OfProvider(name, (int)status, $"status {(int)status}", null);
            case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError }:
                call.ReachedProvider = false;
                return GatewayFault.Unreachable(name);
            case ConversionException unfit:
                return GatewayFault.BadAnswer(name, unfit.Message);
            default:
                return GatewayFault.ClientFailed(name);
        }
    }

    [LoggerMessage(2106, LogLevel.Error, "Chat client {Client} gave no answer to model call {Call}: {Code}")]
    private static partial void Failed(ILogger logger, string client, Guid call, string code, Exception exception);
}

/// <summary>The beginning of a chat client's answer: the whole of it, or a stream whose first update is there.</summary>
internal sealed record ClientAnswer(ChatResponse? Whole, ClientUpdates? Updates) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Updates?.DisposeAsync() ?? default;
}
