using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>Every protocol by its name, and short ways to run them.</summary>
internal static class Bench
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyDictionary<string, IClientProtocol> Clients { get; } = new SortedDictionary<string, IClientProtocol>(StringComparer.Ordinal)
    {
        ["messages"] = new MessagesProtocol(), ["chat"] = new ChatCompletionsProtocol(), ["responses"] = new ResponsesProtocol(),
    };

    public static IReadOnlyDictionary<string, IProviderProtocol> Providers { get; } = new SortedDictionary<string, IProviderProtocol>(StringComparer.Ordinal)
    {
        ["messages"] = new MessagesProtocol(), ["chat"] = new ChatCompletionsProtocol(), ["responses"] = new ResponsesProtocol(), ["gemini"] = new GeminiProtocol(),
    };

    public static AnswerFacts Facts { get; } = new(Guid.Parse("01234567-89ab-cdef-0123-456789abcdef"), DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), "client/model");

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>JSON over lines, so that a change of it can be read.</summary>
    public static string Indent(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, Pretty);
    }

    public static string Request(IProviderProtocol provider, ChatRequest request, CacheMarks marks)
    {
        var output = new ArrayBufferWriter<byte>();
        provider.WriteRequest(output, request, marks);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static byte[] Answer(IClientProtocol client, ChatAnswer answer)
    {
        var output = new ArrayBufferWriter<byte>();
        client.WriteAnswer(output, answer, Facts);
        return output.WrittenSpan.ToArray();
    }

    public static string Stream(IClientProtocol client, IEnumerable<ChatEvent> steps, string request = """{"stream_options":{"include_usage":true}}""")
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = client.WriteStream(Facts, Bytes(request));
        foreach (var step in steps) writer.Write(output, step);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The steps of a stream whose bytes arrive in these pieces.</summary>
    public static List<ChatEvent> Steps(IProviderProtocol provider, params byte[][] pieces)
    {
        var steps = new List<ChatEvent>();
        var reader = provider.ReadStream();
        using var buffer = new StreamBuffer();
        foreach (var piece in pieces)
        {
            for (var rest = piece.AsMemory(); !rest.IsEmpty;)
            {
                var space = buffer.GetSpace();
                var count = Math.Min(space.Length, rest.Length);
                rest[..count].CopyTo(space);
                buffer.Advance(count);
                rest = rest[count..];
            }

            while (buffer.NextEvent(0) is { IsEmpty: false } next) reader.Read(buffer.Take(next.Length).Span, steps);
        }

        reader.End(steps);
        return steps;
    }

    /// <summary>What steps come to in the end, however many they are.</summary>
    public static string Built(IEnumerable<ChatEvent> steps)
    {
        var builder = new AnswerBuilder();
        foreach (var step in steps) builder.Add(step);
        return string.Join('\n', [.. builder.Blocks.Select(block => block.ToString()), builder.End?.ToString(), builder.Failure?.ToString()]);
    }

    /// <summary>A step in one line.</summary>
    public static string Describe(ChatEvent step) => step switch
    {
        AnswerBegins begins => $"begins id={begins.Id} model={begins.Model} {Describe(begins.Usage)}",
        BlockBegins { Block: ToolUseBlock call } begins => $"{begins.Index} tool {call.Id} {call.Name} {call.Input}{(call.Signature is null ? "" : $" proof={call.Signature}")}",
        BlockBegins { Block: RedactedThinkingBlock redacted } begins => $"{begins.Index} redacted {redacted.Data}",
        BlockBegins begins => $"{begins.Index} {begins.Block.GetType().Name}",
        TextDelta delta => $"{delta.Index} text {JsonSerializer.Serialize(delta.Text, Pretty)}",
        ThinkingDelta delta => $"{delta.Index} thinking {JsonSerializer.Serialize(delta.Text, Pretty)}",
        InputDelta delta => $"{delta.Index} input {JsonSerializer.Serialize(delta.Json, Pretty)}",
        SignatureDelta delta => $"{delta.Index} signature {delta.Signature}",
        BlockEnds ends => $"{ends.Index} ends",
        AnswerEnds ends => $"ends {ends.End.Stop} {ends.End.Sequence} {Describe(ends.End.Usage)}",
        AnswerFails fails => $"fails {fails.Type}: {fails.Message}",
        _ => step.ToString(),
    };

    private static string Describe(TokenUsage? usage) => usage is not { } count ? "usage=unknown"
        : $"in={count.Input} out={count.Output} read={count.CacheRead} write={count.CacheWrite5m}/{count.CacheWrite1h} reasoning={count.Reasoning}";
}
