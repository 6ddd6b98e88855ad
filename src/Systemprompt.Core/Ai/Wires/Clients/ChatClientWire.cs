using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Ai;

/// <summary>A provider that is a chat client of an extension: the call is read into the canonical form, put into the client's words, and its answer goes the same way back.</summary>
internal sealed partial class ChatClientWire(ChatClientSender sender, AiSettings settings, ILogger<ChatClientWire> logger) : IModelWire
{
    public async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        var request = Convert(call, out var stream);
        await using var answer = await sender.AskAsync(call, timer, request, stream);
        call.SeeFirstByte();
        var facts = new AnswerFacts(call.Id, call.OpenedAt, call.Head.Model!);
        call.Context.Response.Headers[call.Door.RequestIdHeader] = call.IdText;
        if (answer.Updates is { } updates)
        {
            var passage = new ClientStream(call, timer, updates, call.Door.Protocol.WriteStream(facts, call.Body!.Memory));
            if (await passage.RunAsync() is { } failure) Failed(logger, call.Provider!.Settings.Client!, call.Id, failure);
            return;
        }

        await SendAsync(call, timer, answer, facts);
    }

    private async Task SendAsync(ModelCall call, CallTimer timer, ClientAnswer answer, AnswerFacts facts)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        try
        {
            var chat = Read(answer);
            call.UpstreamRequestId = chat.Id;
            call.Note(chat.End);
            WholeAnswer.Write(call, output, chat, facts);
            if (output.WrittenCount > settings.MaxResponseBody.Bytes) throw new ConversionException($"it is larger than {settings.MaxResponseBody} (ai.max_response_body)");
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.BadAnswer(call.Provider!.Name, exception.Message), exception);
        }

        await WholeAnswer.SendAsync(call, timer, output);
    }

    private static ChatAnswer Read(ClientAnswer answer)
    {
        try
        {
            return ClientSteps.Whole(answer.Whole!);
        }
        catch (Exception exception) when (exception is not ConversionException)
        {
            throw new ConversionException("it is not formed as an answer is", exception);
        }
    }

    private static ClientRequest Convert(ModelCall call, out bool stream)
    {
        try
        {
            var provided = call.Provider!.Settings;
            var chat = call.Door.Protocol.ReadRequest(call.Body!.Memory) with { Model = call.UpstreamModel!, ThinkingMode = provided.Thinking };
            stream = chat.Stream;
            ChatWords.CheckCache(chat, provided.CacheMarks, canKeep: false);
            return ClientRequest.Of(chat);
        }
        catch (ConversionException exception)
        {
            throw new GatewayException(GatewayFault.NotConverted(call.Provider!.Name, exception.Message), exception);
        }
    }

    [LoggerMessage(2105, LogLevel.Error, "Chat client {Client} failed in the middle of its answer to model call {Call}")]
    private static partial void Failed(ILogger logger, string client, Guid call, Exception exception);
}
