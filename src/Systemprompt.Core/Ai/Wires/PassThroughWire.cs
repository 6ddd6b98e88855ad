namespace Systemprompt.Ai;

/// <summary>
/// A provider that speaks what the client speaks: the request body leaves as it came, the answer arrives as it was sent, and what is read of
/// either is read from a copy. One thing is added where the profile does not forbid it: a Chat Completions stream is asked for its usage.
/// </summary>
internal sealed class PassThroughWire(ProviderTarget target, UpstreamSender sender, AiSettings settings) : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        Splice? asked = call.Head.Stream && call.Provider!.Settings.AskUsage ? call.Head.UsageAsked : null;
        // A body that is not read to its end closes its connection when this is disposed: that is how a provider learns of an abort.
        using var response = await SendAsync(call, timer, asked);
        call.UpstreamStatus = (int)response.StatusCode;
        call.UpstreamRequestId = response.Text(call.Door.RequestIdHeader);
        await using var body = await response.Content.ReadAsStreamAsync(timer.Token);
        var tap = asked is null ? call.Door.Tap() : new ChatTap { DropsUsage = true };
        if (response.IsSuccessStatusCode && response.IsEventStream())
        {
            var encoding = response.Text("content-encoding");
            await using var plain = Encodings.Decompress(encoding, body, call.Provider!.Name);
            call.Begin(response, decoded: plain is not null);
            using var buffer = new StreamBuffer();
            await new StreamRelay(call, timer, buffer, tap).RunAsync(plain ?? body);
        }
        else
        {
            await new BodyRelay(call, timer, settings.MaxResponseBody.Bytes, tap).RunAsync(response, body);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ModelCall call, CallTimer timer, Splice? asked)
    {
        var provider = call.Provider!;
        var address = target.AddressOf(provider, call.Head.Model!, call.Head.Stream);
        var query = call.Context.Request.QueryString;
        using var request = new HttpRequestMessage(HttpMethod.Post, query.HasValue ? new Uri(address.OriginalString + query.Value) : address)
        {
            Content = asked is { } splice ? new SplicedContent(call.Body!.Memory, splice) : new ReadOnlyMemoryContent(call.Body!.Memory),
        };
        UpstreamHeaders.ToProvider(call.Context.Request.Headers, request, provider.Settings, target.Passed);
        if (call.ProviderKey.Length > 0) target.Authorize(request.Headers, call.ProviderKey);
        return await sender.SendAsync(call, timer, request);
    }
}
