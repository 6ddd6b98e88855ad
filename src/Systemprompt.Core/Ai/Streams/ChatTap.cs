using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Reads a copy of an answer in the Chat Completions format. A client takes a choice's <c>finish_reason</c> for the end, though counts and
/// <c>[DONE]</c> come after it: from there on the stream is kept until the call is settled.
/// </summary>
internal sealed class ChatTap : IAnswerTap
{
    private TokenUsage? _usage;
    private string? _finish;
    private string? _tier;

    /// <summary>True when the client did not ask for the chunk that counts tokens, and is not to see it.</summary>
    public bool DropsUsage { get; init; }

    public string? ErrorType { get; private set; }

    // Some servers close without [DONE].
    public bool IsWhole => _finish is not null;

    public StreamStep Read(ReadOnlySpan<byte> sse)
    {
        var data = SseEvent.Parse(sse).Data.Trim((byte)' ');
        if (data.SequenceEqual("[DONE]"u8)) return StreamStep.Complete;
        // Of the many pieces in between none says anything that is wanted here.
        if (!Says(data, "\"finish_reason\""u8, '"') && !Says(data, "\"usage\""u8, '{') && data.IndexOf("\"error\""u8) < 0) return StreamStep.Open;
        using var document = Parse(data);
        if (document is null) return StreamStep.Open;
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("error") is { Kind: JsonValueKind.Object }) return Fail(root);
        Note(root);
        if (DropsUsage && root.Find("choices") is { Kind: JsonValueKind.Array } choices && !choices.Items().Any() && root.Find("usage") is { Kind: JsonValueKind.Object }) return StreamStep.Drop;
        return _finish is null ? StreamStep.Open : StreamStep.Hold;
    }

    public bool ReadBody(ReadOnlySpan<byte> json)
    {
        using var document = Parse(json);
        if (document is null) return false;
        var root = JsonPlace.Root(document.RootElement);
        if (root.Find("error") is not null) Fail(root);
        else Note(root);
        return true;
    }

    public void Note(ModelCall call)
    {
        call.Note(_usage);
        call.PricedElsewhere = ChatWords.IsPricedElsewhere(_tier);
        call.StopReason = _finish is null ? null : MessagesWords.Stop(ChatAnswerReader.Stop(_finish, _finish is "tool_calls" or "function_call", refused: false));
    }

    private void Note(JsonPlace root)
    {
        _usage = ChatAnswerReader.Usage(root) ?? _usage;
        _tier = root.MaybeText("service_tier") ?? _tier;
        if (root.Find("choices") is { Kind: JsonValueKind.Array } choices && choices.Items().FirstOrDefault() is { } choice)
            _finish = choice.MaybeText("finish_reason") is { Length: > 0 } reason ? reason : _finish;
    }

    private StreamStep Fail(JsonPlace root)
    {
        ErrorType = MessagesAnswerReader.Error(root).Type ?? "error";
        return StreamStep.Failed;
    }

    private static JsonDocument? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonBody.OfProvider(json, "the answer");
        }
        catch (ConversionException)
        {
            // Not for us to judge: it goes on as it came.
            return null;
        }
    }

    // The name, a colon, and a value that begins so. Null begins otherwise.
    private static bool Says(ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, char begin)
    {
        for (var at = data.IndexOf(name); at >= 0; at = data.IndexOf(name))
        {
            data = data[(at + name.Length)..];
            var rest = data.TrimStart(" \t:"u8);
            if (!rest.IsEmpty && rest[0] == begin) return true;
        }

        return false;
    }
}
