using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>OpenAI's Chat Completions format, for clients and for providers.</summary>
internal sealed class ChatCompletionsProtocol : IClientProtocol, IProviderProtocol
{
    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => ChatRequestReader.Read(body);

    public void WriteAnswer(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts) => ChatAnswerWriter.Write(output, answer, facts);

    public IChatStreamWriter WriteStream(AnswerFacts facts, ReadOnlyMemory<byte> request) => new ChatStreamWriter(facts, ChatStreamWriter.AsksUsage(request));

    public void WriteRequest(IBufferWriter<byte> output, ChatRequest request, CacheMarks cacheMarks) => ChatRequestWriter.Write(output, request, cacheMarks);

    public ChatAnswer ReadAnswer(ReadOnlyMemory<byte> body) => ChatAnswerReader.Read(body);

    public ProviderError ReadError(ReadOnlyMemory<byte> body) => MessagesAnswerReader.Error(body);

    public IChatStreamReader ReadStream() => new ChatStreamReader();
}
