using System.Buffers;
using System.Net.Http.Headers;

namespace Systemprompt.Ai;

/// <summary>A provider that speaks another protocol than the client: the call is read into the canonical form, written in the provider's words, and its answer goes the same way back.</summary>
internal sealed class ConvertedWire(IProviderProtocol provider, ProviderTarget target, UpstreamSender sender, AiSettings settings) : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        // A body that is not read to its end closes its connection when this is disposed: that is how a provider learns of an abort.
        using var response = await SendAsync(call, timer);
        call.UpstreamStatus = (int)response.StatusCode;
        call.UpstreamRequestId = response.Text("x-request-id") ?? response.Text("request-id");
        await using var body = await response.Content.ReadAsStreamAsync(timer.Token);
        var facts = new AnswerFacts(call.Id, call.OpenedAt, call.Head.Model!);
        call.Context.Response.Headers[call.Door.RequestIdHeader] = call.IdText;
        if (response.IsSuccessStatusCode && call.Head.Stream && response.IsEventStream())
        {
            await using var plain = Encodings.Decompress(response.Text("content-encoding"), body, call.Provider!.Name);
            using var buffer = new StreamBuffer();
            var writer = call.Door.Protocol.WriteStream(facts, call.Body!.Memory);
            call.LetGoOfBody();
            await new ConvertedStream(call, timer, buffer, provider.ReadStream(), writer).RunAsync(plain ?? body);
            return;
        }

        call.LetGoOfBody();
        await new ConvertedBody(call, timer, settings.MaxResponseBody.Bytes, provider, facts, call.Head.Stream).RunAsync(response, body);
    }

    /// <summary>Apart, so that the question in both words is gone while the answer comes.</summary>
    private async Task<HttpResponseMessage> SendAsync(ModelCall call, CallTimer timer)
    {
        var chat = Convert(call, out var words);
        var response = await sender.SendAsync(call, timer, () => Request(call, chat, words));
        response.RequestMessage = null;
        return response;
    }

    private ChatRequest Convert(ModelCall call, out ReadOnlyMemory<byte> words)
    {
        try
        {
            var provided = call.Provider!.Settings;
            var chat = call.Door.Protocol.ReadRequest(call.Body!.Memory) with { Model = call.UpstreamModel!, AsksUsage = provided.AskUsage, ThinkingMode = provided.Thinking };
            var output = new ArrayBufferWriter<byte>(call.Body.Length + 1024);
            provider.WriteRequest(output, chat, provided.CacheMarks);
            words = output.WrittenMemory;
            return chat;
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.NotConverted(call.Provider!.Name, exception.Message), exception);
        }
    }

    private HttpRequestMessage Request(ModelCall call, ChatRequest chat, ReadOnlyMemory<byte> words)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target.AddressOf(call.Provider!, chat.Model, chat.Stream)) { Content = new ReadOnlyMemoryContent(words) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("accept", chat.Stream ? "text/event-stream" : "application/json");
        request.Headers.TryAddWithoutValidation("accept-encoding", "identity");
        target.Complete(request.Headers);
        UpstreamHeaders.Asked(call.Context.Request.Headers, request, call.Provider!.Settings);
        if (call.ProviderKey.Length > 0) target.Authorize(request.Headers, call.ProviderKey);
        return request;
    }
}
