namespace Systemprompt.Ai;

/// <summary>
/// A provider that speaks what the client speaks: the request body leaves as it came, the answer arrives as it was sent, and what is read of
/// either is read from a copy. Two things are put in: the model's name at the provider, where
/// the route says another, and the question for a Chat Completions stream's usage, where the profile does not forbid it.
/// </summary>
internal sealed class PassThroughWire(ProviderTarget target, UpstreamSender sender, AiSettings settings) : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        Splice? asked = call.Head.Stream && call.Provider!.Settings.AskUsage ? call.Head.UsageAsked : null;
        // A body that is not read to its end closes its connection when this is disposed: that is how a provider learns of an abort.
        using var response = await sender.SendAsync(call, timer, () => PassedRequest.Make(call, target, asked));
        call.LetGoOfBody();
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
}
