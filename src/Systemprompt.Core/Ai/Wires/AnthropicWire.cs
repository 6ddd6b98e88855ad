using Microsoft.AspNetCore.Http;

namespace Systemprompt.Ai;

/// <summary>
/// Anthropic's Messages API on both sides: the request body leaves as it came, the answer arrives as it was sent, and what is read of
/// either is read from a copy.
/// </summary>
internal sealed class AnthropicWire(UpstreamSender sender, AiSettings settings) : IModelWire
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
        return await sender.SendAsync(call, timer, request);
    }

    private static Uri AddressOf(Provider provider, QueryString query) =>
        new(provider.Settings.Endpoint!.TrimEnd('/') + "/v1/messages" + query.Value);
}
