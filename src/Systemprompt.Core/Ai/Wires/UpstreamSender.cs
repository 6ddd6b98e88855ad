using System.Diagnostics;
using Systemprompt.Http;

namespace Systemprompt.Ai;

/// <summary>Sends an opened call to its provider, and says what a failure means.</summary>
internal sealed class UpstreamSender(UpstreamClients clients)
{
    /// <summary>Sends, and waits until the answer begins.</summary>
    /// <exception cref="GatewayException">The provider was not reached, or did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">The client or the host ended the call.</exception>
    public async Task<HttpResponseMessage> SendAsync(ModelCall call, CallTimer timer, HttpRequestMessage request)
    {
        var provider = call.Provider!;
        if (provider.Settings.SendTraceparent) request.Headers.TryAddWithoutValidation("traceparent", Traceparent(call));
        timer.Allow(provider.Settings.FirstByteTimeout);
        call.ReachedProvider = true;
        try
        {
            return await clients.For(provider).SendAsync(request, timer.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // Half a request may still be on its way out of this array.
            call.Body!.Abandon();
            if (Explain(call, timer, exception) is { } fault) throw new GatewayException(fault, exception);
            throw new OperationCanceledException(null, exception, timer.Token);
        }
    }

    /// <summary>What to tell the client; null when the client itself, or the host, ended the call.</summary>
    private static GatewayFault? Explain(ModelCall call, CallTimer timer, Exception exception)
    {
        var name = call.Provider!.Name;
        switch (timer.Cause)
        {
            case CutCause.Client or CutCause.Shutdown:
                return null;
            case CutCause.Timeout:
                return GatewayFault.TimedOut(name, "begin its answer");
        }

        // Not our token: the handler's own connect timeout.
        if (exception is OperationCanceledException)
        {
            call.ReachedProvider = false;
            return GatewayFault.TimedOut(name, "accept a connection");
        }

        if (!NeverSent((HttpRequestException)exception)) return GatewayFault.Cut(name);
        call.ReachedProvider = false;
        return GatewayFault.Unreachable(name);
    }

    /// <summary>The span of the call; while traces are not taken, the request's id with a parent that nobody knows.</summary>
    private static string Traceparent(ModelCall call) =>
        Activity.Current is { Recorded: true, Id: { } id } ? id : $"00-{call.Context.TraceId()}-{ActivitySpanId.CreateRandom().ToHexString()}-00";

    private static bool NeverSent(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
}
