using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>Reads a copy of an answer in the Responses format. One event ends it, and holds all there is to know.</summary>
internal sealed class ResponsesTap : IAnswerTap
{
    private TokenUsage? _usage;
    private ChatStop? _stop;
    private string? _tier;

    public string? ErrorType { get; private set; }

    // Without its last event it was cut.
    public bool IsWhole => false;

    public StreamStep Read(ReadOnlySpan<byte> sse)
    {
        var read = SseEvent.Parse(sse);
        var kind = read.Kind;
        if (kind.SequenceEqual("response.completed"u8) || kind.SequenceEqual("response.incomplete"u8))
        {
            Take(read.Data);
            return StreamStep.Complete;
        }

        if (!kind.SequenceEqual("response.failed"u8) && !kind.SequenceEqual("error"u8)) return StreamStep.Open;
        Take(read.Data);
        ErrorType ??= "error";
        return StreamStep.Failed;
    }

    public bool ReadBody(ReadOnlySpan<byte> json) => Take(json);

    public void Note(ModelCall call)
    {
        call.Note(_usage);
        call.PricedElsewhere = ChatWords.IsPricedElsewhere(_tier);
        call.StopReason = _stop is { } stop ? MessagesWords.Stop(stop) : null;
    }

    private bool Take(ReadOnlySpan<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonBody.OfProvider(json, "the answer");
        }
        catch (ConversionException)
        {
            // Not for us to judge: it goes on as it came.
            return false;
        }

        using (document) Take(JsonPlace.Root(document.RootElement));
        return true;
    }

    private void Take(JsonPlace root)
    {
        var response = root.Find("response") is { Kind: JsonValueKind.Object } inner ? inner : root;
        var error = response.Find("error") is { Kind: JsonValueKind.Object } said ? said : null;
        ErrorType = error?.MaybeText("code") ?? error?.MaybeText("type") ?? (root.MaybeText("type") == "error" ? root.MaybeText("code") : null);
        _usage = ResponsesAnswerReader.Usage(response) ?? _usage;
        _tier = response.MaybeText("service_tier") ?? _tier;
        if (response.Find("output") is not { Kind: JsonValueKind.Array } output) return;
        var called = output.Items().Any(item => item.MaybeText("type")?.EndsWith("_call", StringComparison.Ordinal) == true);
        _stop = ResponsesAnswerReader.Stop(response, called, refused: false);
    }
}
