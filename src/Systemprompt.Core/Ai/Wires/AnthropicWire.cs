using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;

namespace Systemprompt.Ai;

/// <summary>
/// Anthropic's Messages API on both sides: the request body leaves as it came, the answer arrives as it was sent, and what is read of
/// either is read from a copy.
/// </summary>
internal sealed class AnthropicWire(UpstreamClients clients, AiSettings settings) : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        // A body that is not read to its end closes its connection when this is disposed: that is how a provider learns of an abort.
        using var response = await SendAsync(call, timer);
        call.UpstreamStatus = (int)response.StatusCode;
        call.UpstreamRequestId = response.Text("request-id");
        await using var body = await response.Content.ReadAsStreamAsync(timer.Token);
        if (response.IsSuccessStatusCode && response.IsEventStream())
        {
            var encoding = response.Text("content-encoding");
            await using var plain = Encodings.Decompress(encoding, body, call.Provider!.Name);
            call.Begin(response, decoded: plain is not null);
            using var buffer = new StreamBuffer();
            await new StreamRelay(call, timer, buffer).RunAsync(plain ?? body);
        }
        else
        {
            await new BodyRelay(call, timer, settings.MaxResponseBody.Bytes).RunAsync(response, body);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ModelCall call, CallTimer timer)
    {
        var provider = call.Provider!;
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(provider, call.Context.Request.QueryString))
        {
            Content = new ReadOnlyMemoryContent(call.Body!.Memory),
        };
        UpstreamHeaders.ToProvider(call.Context.Request.Headers, request, provider.Settings, call.ProviderKey);
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
            call.Body.Abandon();
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

    private static bool NeverSent(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    /// <summary>The span of the call; while traces are not taken, the request's id with a parent that nobody knows.</summary>
    private static string Traceparent(ModelCall call) =>
        Activity.Current is { Recorded: true, Id: { } id } ? id : $"00-{call.Context.TraceId()}-{ActivitySpanId.CreateRandom().ToHexString()}-00";

    private static Uri AddressOf(Provider provider, QueryString query) =>
        new(provider.Settings.Endpoint!.TrimEnd('/') + "/v1/messages" + query.Value);
}
