using System.Diagnostics;
using System.Net.Sockets;
using Systemprompt.Http;

namespace Systemprompt.Ai;

/// <summary>Sends an opened call to its provider, and says what a failure means.</summary>
internal sealed class UpstreamSender(UpstreamClients clients, ProviderGates gates, TimeProvider clock)
{
    /// <summary>Sends, as often as the profile allows, and waits until an answer begins.</summary>
    /// <param name="call">The call.</param>
    /// <param name="timer">Its time.</param>
    /// <param name="make">Makes the request anew for each attempt.</param>
    /// <exception cref="ProviderPassedException">The provider is in trouble, and the call has another to go to.</exception>
    /// <exception cref="GatewayException">The provider was not reached, or did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">The client or the host ended the call.</exception>
    public async Task<HttpResponseMessage> SendAsync(ModelCall call, CallTimer timer, Func<HttpRequestMessage> make)
    {
        var provider = call.Provider!;
        var attempt = await gates.For(provider).AskAsync(_ => AskAsync(call, timer, make), timer.Token);
        if (call.HasAlternative && attempt.IsWorthAnother)
        {
            using var response = attempt.Response;
            if (response is not null) See(call, response);
            throw new ProviderPassedException(attempt.Explain(provider.Name), attempt.Exception);
        }

        return attempt.Response ?? throw new GatewayException(attempt.Fault!, attempt.Exception);
    }

    private async ValueTask<Attempt> AskAsync(ModelCall call, CallTimer timer, Func<HttpRequestMessage> make)
    {
        var provider = call.Provider!;
        using var request = make();
        if (provider.Settings.SendTraceparent) request.Headers.TryAddWithoutValidation("traceparent", Traceparent(call));
        // The call's own token ends the call for good. Where another provider can be asked, time running out ends this attempt only.
        using var patience = call.HasAlternative ? new CancellationTokenSource(provider.Settings.FirstByteTimeout, clock) : null;
        using var link = patience is null ? default : timer.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), patience);
        timer.Allow(patience is null ? provider.Settings.FirstByteTimeout : Timeout.InfiniteTimeSpan);
        call.ReachedProvider = true;
        call.Attempts++;
        try
        {
            return Attempt.Of(await clients.For(provider).SendAsync(request, patience?.Token ?? timer.Token), clock.GetUtcNow());
        }
        // The handler lets a bare SocketException through when a connection is reset in the moment in which it stands.
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or SocketException)
        {
            // Half a request may still be on its way out of this array.
            call.Body!.Abandon();
            var fault = Explain(call, timer, patience, exception);
            call.MayOwe |= call.ReachedProvider;
            if (fault is not null) return new Attempt(null, fault, exception);
            throw new OperationCanceledException(null, exception, timer.Token);
        }
        finally
        {
            // What follows has a time of its own: the wait before the next attempt, or the rest of the answer.
            timer.Allow(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Notes an error that is not passed on, for a row that may have to name it. The provider answers no call that it charges for with one.</summary>
    private static void See(ModelCall call, HttpResponseMessage response)
    {
        call.ReachedProvider = false;
        call.UpstreamStatus = (int)response.StatusCode;
        call.UpstreamRequestId = response.Text("x-request-id") ?? response.Text("request-id");
    }

    /// <summary>What to tell the client; null when the client itself, or the host, ended the call.</summary>
    private static GatewayFault? Explain(ModelCall call, CallTimer timer, CancellationTokenSource? patience, Exception exception)
    {
        var name = call.Provider!.Name;
        if (timer.Cause is CutCause.Client or CutCause.Shutdown) return null;
        if (timer.Cause == CutCause.Timeout || patience is { IsCancellationRequested: true }) return GatewayFault.TimedOut(name, "begin its answer");

        // Not our token: the handler's own connect timeout.
        if (exception is OperationCanceledException)
        {
            call.ReachedProvider = false;
            return GatewayFault.TimedOut(name, "accept a connection");
        }

        if (exception is HttpRequestException sent && !NeverSent(sent)) return GatewayFault.Cut(name);
        call.ReachedProvider = false;
        return GatewayFault.Unreachable(name);
    }

    /// <summary>The span of the call; while traces are not taken, the request's id with a parent that nobody knows.</summary>
    private static string Traceparent(ModelCall call) =>
        Activity.Current is { Recorded: true, Id: { } id } ? id : $"00-{call.Context.TraceId()}-{ActivitySpanId.CreateRandom().ToHexString()}-00";

    private static bool NeverSent(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
}
