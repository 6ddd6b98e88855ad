using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>Google's generateContent, for providers.</summary>
internal sealed class GeminiProtocol : IProviderProtocol
{
    public void WriteRequest(IBufferWriter<byte> output, ChatRequest request, CacheMarks cacheMarks) => GeminiRequestWriter.Write(output, request, cacheMarks);

    /// <inheritdoc/>
    /// <remarks>A whole answer has the form of a stream's event.</remarks>
    public ChatAnswer ReadAnswer(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfProvider(body.Span, "the provider's answer");
        var reader = new GeminiStreamReader();
        List<ChatEvent> steps = [];
        reader.Read(JsonPlace.Root(document.RootElement), steps);
        reader.End(steps);
        var builder = new AnswerBuilder();
        foreach (var step in steps) builder.Add(step);
        if (builder.Failure is { } failure) throw new ConversionException($"the provider gave no answer: {failure.Message}");
        return builder.End is null ? throw new ConversionException("the provider's answer is no answer of generateContent: finishReason is missing") : builder.Build();
    }

    public ProviderError ReadError(ReadOnlyMemory<byte> body)
    {
        // A stream's refusal can come as an array of one.
        var text = body.Span.Trim(" \r\n\t"u8);
        return MessagesAnswerReader.Error(text.Length > 1 && text[0] == '[' && text[^1] == ']' ? text[1..^1].ToArray() : body);
    }

    public IChatStreamReader ReadStream() => new GeminiStreamReader();
}
