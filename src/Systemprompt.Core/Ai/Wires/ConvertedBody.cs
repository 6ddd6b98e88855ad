using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>Gives a client an answer in one piece that a provider gave in other words, once the call is settled.</summary>
internal sealed class ConvertedBody(ModelCall call, CallTimer timer, long limit, IProviderProtocol provider, IClientProtocol client, AnswerFacts facts, bool stream)
{
    public async Task RunAsync(HttpResponseMessage response, Stream content)
    {
        var upstream = new UpstreamBody(call, timer, limit);
        using var body = await upstream.ReadAsync(content, response.Content.Headers.ContentLength);
        call.SeeFirstByte();
        using var plain = await upstream.DecompressAsync(response.Text("content-encoding"), body);
        var bytes = (plain ?? body).Memory;
        if (!response.IsSuccessStatusCode) throw new GatewayException(Fault(response, bytes));
        var output = new ArrayBufferWriter<byte>(bytes.Length + 512);
        try
        {
            var answer = provider.ReadAnswer(bytes);
            call.Note(answer.End);
            if (stream) throw new ConversionException("it came in one piece where a stream was asked for");
            if (call.Scan?.Read(answer) is { } refusal) throw new GatewayException(refusal);
            client.WriteAnswer(output, answer, facts);
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, exception.Message), exception);
        }

        call.ResponseBytes = output.WrittenCount;
        await call.SettleAsync(CallStatus.Completed, httpStatus: 200);
        call.Context.Response.ContentType = "application/json";
        call.Context.Response.ContentLength = output.WrittenCount;
        await timer.AwaitClientAsync(call.Context.Response.BodyWriter.WriteAsync(output.WrittenMemory, call.Context.RequestAborted), call.Context);
    }

    private GatewayFault Fault(HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        // The provider answers no call that it charges for with an error.
        call.ReachedProvider = false;
        var error = provider.ReadError(body);
        var message = error.Message ?? $"status {(int)response.StatusCode}";
        return GatewayFault.OfProvider(call.Provider!.Name, (int)response.StatusCode, ProviderKeys.Without(message, call.ProviderKey), Attempt.Wait(response));
    }
}
