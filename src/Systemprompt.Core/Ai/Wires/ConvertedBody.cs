using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>Gives a client an answer in one piece that a provider gave in other words, once the call is settled.</summary>
internal sealed class ConvertedBody(ModelCall call, CallTimer timer, long limit, IProviderProtocol provider, AnswerFacts facts, bool stream)
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
            call.PricedElsewhere = answer.PricedElsewhere;
            if (stream) throw new ConversionException("it came in one piece where a stream was asked for");
            WholeAnswer.Write(call, output, answer, facts);
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, exception.Message), exception);
        }

        await WholeAnswer.SendAsync(call, timer, output);
    }

    private GatewayFault Fault(HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        // The provider answers no call that it charges for with an error.
        call.ReachedProvider = false;
        var error = provider.ReadError(body);
        var message = error.Message ?? $"status {(int)response.StatusCode}";
        return GatewayFault.OfProvider(call.Provider!.Name, (int)response.StatusCode, ProviderKeys.Without(message, call.ProviderKey), RetryAfterHeader.Read(response, timer.Now));
    }
}
