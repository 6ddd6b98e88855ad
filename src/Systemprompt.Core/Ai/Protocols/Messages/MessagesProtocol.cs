using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>Anthropic's Messages format, for clients and for providers.</summary>
internal sealed class MessagesProtocol : IClientProtocol, IProviderProtocol
{
    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => MessagesRequestReader.Read(body);

    public void WriteAnswer(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts) => MessagesAnswerWriter.Write(output, answer, facts);

    public IChatStreamWriter WriteStream(AnswerFacts facts, ReadOnlyMemory<byte> request) => new MessagesStreamWriter(facts);

    /// <inheritdoc/>
    /// <remarks>The marks of prompt caching are this format's own, and always written.</remarks>
    public void WriteRequest(IBufferWriter<byte> output, ChatRequest request, CacheMarks cacheMarks) => MessagesRequestWriter.Write(output, request);

    public ChatAnswer ReadAnswer(ReadOnlyMemory<byte> body) => MessagesAnswerReader.Read(body);

    public ProviderError ReadError(ReadOnlyMemory<byte> body) => MessagesAnswerReader.Error(body);

    public IChatStreamReader ReadStream() => new MessagesStreamReader();
}
