using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>What a client speaks: its request into the canonical form, an answer out of it.</summary>
internal interface IClientProtocol
{
    /// <exception cref="ConversionException">The request says what no other protocol can, or is malformed.</exception>
    ChatRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>Writes a whole answer as JSON.</summary>
    void WriteAnswer(IBufferWriter<byte> output, ChatAnswer answer, in AnswerFacts facts);

    /// <summary>A writer of server-sent events for one answer.</summary>
    IChatStreamWriter WriteStream(AnswerFacts facts, ReadOnlyMemory<byte> request);
}

/// <summary>What an answer's envelope says beside the answer.</summary>
/// <param name="Id">The call's id in the audit trail, from which the answer's own id is made.</param>
/// <param name="CreatedAt">When the call came.</param>
/// <param name="Model">The model as the client named it.</param>
internal readonly record struct AnswerFacts(Guid Id, DateTimeOffset CreatedAt, string Model);

/// <summary>Turns the steps of one answer into server-sent events. It keeps what a later step must repeat.</summary>
internal interface IChatStreamWriter
{
    /// <summary>Writes what the step comes to, which can be nothing. What ends the stream for the client is written by <see cref="AnswerEnds"/> and <see cref="AnswerFails"/> alone.</summary>
    void Write(IBufferWriter<byte> output, ChatEvent step);
}

/// <summary>What a provider speaks: a canonical request into its words, its answer out of them.</summary>
internal interface IProviderProtocol
{
    /// <exception cref="ConversionException">The provider's protocol cannot say what the request does.</exception>
    void WriteRequest(IBufferWriter<byte> output, ChatRequest request, CacheMarks cacheMarks);

    /// <exception cref="ConversionException">It is no answer of this protocol.</exception>
    ChatAnswer ReadAnswer(ReadOnlyMemory<byte> body);

    /// <summary>The error in an answer that is none, as far as it can be read.</summary>
    ProviderError ReadError(ReadOnlyMemory<byte> body);

    IChatStreamReader ReadStream();
}

/// <summary>Turns one provider's stream into steps.</summary>
internal interface IChatStreamReader
{
    /// <summary>Reads one whole server-sent event (with its blank line) and adds the steps it comes to.</summary>
    /// <exception cref="ConversionException">It is no event of this protocol.</exception>
    void Read(ReadOnlySpan<byte> sse, ICollection<ChatEvent> steps);

    /// <summary>
    /// The provider closed its stream. Adds the end when the protocol has no other sign of it and the answer is complete; adds nothing when the
    /// stream was cut.
    /// </summary>
    void End(ICollection<ChatEvent> steps);

    /// <summary>The usage known so far; null when none is.</summary>
    TokenUsage? Usage { get; }

    /// <summary>True when the output in it is an estimate, because the provider has not said it yet.</summary>
    bool IsEstimated => false;

    /// <summary>True once the provider has said that it charges by another list than its usual one.</summary>
    bool PricedElsewhere => false;
}

/// <summary>What an error answer says.</summary>
internal sealed record ProviderError(string? Type, string? Message);

/// <summary>What to do with marks of prompt caching where the provider's protocol has none.</summary>
internal enum CacheMarks
{
    /// <summary>The call is refused: a cache that is silently lost costs ten times as much.</summary>
    Refuse,

    /// <summary>They are left out; the provider caches by itself, or not at all.</summary>
    Ignore,

    /// <summary>They are written as Anthropic writes them, for servers that understand them in OpenAI's format.</summary>
    Keep,
}

/// <summary>Whether a provider is told how hard to think, where a call is converted.</summary>
internal enum ThinkingMode
{
    /// <summary>Providers of OpenAI's and Google's protocols only for models that are known to think, as others refuse such a call.</summary>
    Auto,

    /// <summary>Whatever the model is called.</summary>
    Send,

    /// <summary>Never: the model thinks, or not, as the provider has it.</summary>
    Ignore,
}

/// <summary>A request, an answer or an event that cannot be put into another protocol. The message names the place and is for the person at the client.</summary>
internal sealed class ConversionException(string message, Exception? inner = null) : Exception(message, inner);
