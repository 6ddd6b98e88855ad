using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>OpenAI's Responses format, for clients and for providers.</summary>
internal sealed class ResponsesProtocol : IClientProtocol, IProviderProtocol
{
    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => ResponsesRequestReader.Read(body);

    public void WriteAnswer(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts) => ResponsesAnswerWriter.Write(output, answer, facts);

    public IChatStreamWriter WriteStream(AnswerFacts facts, ReadOnlyMemory<byte> request) => new ResponsesStreamWriter(facts);

    public void WriteRequest(IBufferWriter<byte> output, ChatRequest request, CacheMarks cacheMarks) => ResponsesRequestWriter.Write(output, request, cacheMarks);

    public ChatAnswer ReadAnswer(ReadOnlyMemory<byte> body) => ResponsesAnswerReader.Read(body);

    public ProviderError ReadError(ReadOnlyMemory<byte> body) => MessagesAnswerReader.Error(body);

    public IChatStreamReader ReadStream() => new ResponsesStreamReader();
}
