using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Systemprompt.Ai;

/// <summary>Parses what a client or a provider sent. What is no JSON object gives a <see cref="ConversionException"/> that quotes nothing.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = RequestHeadReader.MaxDepth };

    /// <summary>A client's body, which must be UTF-8. The caller disposes it; what outlives it must be copied.</summary>
    public static JsonDocument OfClient(ReadOnlyMemory<byte> body) => Utf8.IsValid(body.Span)
        ? Parse(body, "the request body")
        : throw new ConversionException("the request body is not valid UTF-8");

    /// <summary>A provider's body or event. Bytes that are no UTF-8 become U+FFFD, as in a reader of text.</summary>
    public static JsonDocument OfProvider(ReadOnlySpan<byte> body, string what) =>
        Parse(Utf8.IsValid(body) ? body.ToArray() : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body)), what);

    private static JsonDocument Parse(ReadOnlyMemory<byte> body, string what)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Options);
        }
        catch (JsonException exception)
        {
            // The exception's own words can hold what it read.
            throw new ConversionException($"{what} is not valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} of that line");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        throw new ConversionException($"{what} must be a JSON object");
    }
}
