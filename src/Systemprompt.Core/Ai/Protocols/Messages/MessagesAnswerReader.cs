using System.Runtime.InteropServices;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads a whole answer, or an error, of the Messages format.</summary>
internal static class MessagesAnswerReader
{
    public static ChatAnswer Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.OfProvider(body.Span, "the provider's answer");
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("content") is not { Kind: JsonValueKind.Array } content) throw new ConversionException("the provider's answer is no message: content is missing");
        var usage = new UsageReader();
        Usage(root, ref usage);
        return new ChatAnswer
        {
            Id = root.MaybeText("id"),
            Model = root.MaybeText("model") ?? "",
            Blocks = [.. content.Items().Select(Block).OfType<ChatBlock>()],
            End = new ChatEnd(MessagesWords.Stop(root.MaybeText("stop_reason")), root.MaybeText("stop_sequence"), usage is { InputKnown: true, OutputKnown: true } ? usage.Usage : null),
            PricedElsewhere = usage.PricedElsewhere,
        };
    }

    public static ProviderError Error(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonBody.OfProvider(body.Span, "the error");
            return Error(JsonPlace.Root(document.RootElement));
        }
        catch (ConversionException)
        {
            return new ProviderError(null, null);
        }
    }

    /// <summary>The <c>error</c> object that both Anthropic and OpenAI send, or a bare string, as some servers do.</summary>
    public static ProviderError Error(JsonPlace root) => root.Find("error") switch
    {
        { Kind: JsonValueKind.Object } error => new ProviderError(error.MaybeText("type") ?? error.MaybeText("code") ?? error.MaybeText("status"), error.MaybeText("message")),
        { Kind: JsonValueKind.String } text => new ProviderError(null, text.Text()),
        _ => new ProviderError(root.MaybeText("type"), root.MaybeText("message") ?? root.MaybeText("detail")),
    };

    public static void Usage(JsonPlace root, ref UsageReader usage)
    {
        if (root.Find("usage") is not { Kind: JsonValueKind.Object } found) return;
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(found.Value), new JsonReaderOptions { MaxDepth = RequestHeadReader.MaxDepth });
        reader.Read();
        usage.Read(ref reader);
    }

    // Blocks of tools that run at the provider cannot come, as no client can ask for them; what is unknown says nothing elsewhere.
    private static ChatBlock? Block(JsonPlace block) => block.MaybeText("type") switch
    {
        "text" => new TextBlock(block.MaybeText("text") ?? ""),
        "tool_use" => new ToolUseBlock(block.MaybeText("id") ?? "", block.MaybeText("name") ?? "", block.Find("input")?.Raw() ?? "{}"),
        "thinking" => new ThinkingBlock(block.MaybeText("thinking") ?? "", block.MaybeText("signature") is { Length: > 0 } signature ? Signatures.Messages + signature : null),
        "redacted_thinking" => new RedactedThinkingBlock(Signatures.Messages + block.MaybeText("data")),
        _ => null,
    };
}
