namespace Systemprompt.AnthropicStub;

/// <summary>
/// What the stub is asked to do: named in the header <c>anthropic-stub</c> (<c>stub-429</c>), or in the model id (<c>claude-stub-429</c>).
/// </summary>
public enum StubBehaviour
{
    /// <summary>A good answer.</summary>
    Good,

    /// <summary><c>stub-400</c>, <c>-401</c>, <c>-429</c>, <c>-500</c>, <c>-529</c>: Anthropic's error with that status.</summary>
    Status,

    /// <summary><c>stub-echo-key</c>: 401 whose text and a header repeat the key.</summary>
    EchoKey,

    /// <summary><c>stub-slow</c>: waits between events (header <c>anthropic-stub-delay</c>, milliseconds, 50 without it).</summary>
    Slow,

    /// <summary><c>stub-cut-before</c>: closes the connection without an answer.</summary>
    CutBefore,

    /// <summary><c>stub-cut-mid</c>: closes the connection in the middle of the answer.</summary>
    CutMid,

    /// <summary><c>stub-truncate</c>: ends a stream in good order, but without <c>message_stop</c>.</summary>
    Truncate,

    /// <summary><c>stub-hang</c>: never answers.</summary>
    Hang,

    /// <summary><c>stub-hang-mid</c>: begins to answer and stops.</summary>
    HangMid,

    /// <summary><c>stub-garbage</c>: 200 with what is neither JSON nor events.</summary>
    Garbage,

    /// <summary><c>stub-gzip</c>: compresses, whatever the caller accepts.</summary>
    Gzip,

    /// <summary><c>stub-10mb</c>: ten mebibytes of text.</summary>
    TenMegabytes,

    /// <summary><c>stub-no-usage</c>: a message that says nothing of usage.</summary>
    NoUsage,

    /// <summary><c>stub-error-mid</c>: an <c>error</c> event after the first text.</summary>
    ErrorMid,

    /// <summary><c>stub-cache</c>: usage with cache reads and writes of both lengths.</summary>
    Cache,

    /// <summary><c>stub-redirect</c>: 302.</summary>
    Redirect,

    /// <summary><c>stub-bytewise</c>: writes every byte of a stream by itself.</summary>
    Bytewise,
}

/// <summary>Reads what a request asks the stub to do.</summary>
internal static class StubBehaviours
{
    private static readonly Dictionary<string, StubBehaviour> Names = new(StringComparer.Ordinal)
    {
        ["echo-key"] = StubBehaviour.EchoKey,
        ["slow"] = StubBehaviour.Slow,
        ["cut-before"] = StubBehaviour.CutBefore,
        ["cut-mid"] = StubBehaviour.CutMid,
        ["truncate"] = StubBehaviour.Truncate,
        ["hang"] = StubBehaviour.Hang,
        ["hang-mid"] = StubBehaviour.HangMid,
        ["garbage"] = StubBehaviour.Garbage,
        ["gzip"] = StubBehaviour.Gzip,
        ["10mb"] = StubBehaviour.TenMegabytes,
        ["no-usage"] = StubBehaviour.NoUsage,
        ["error-mid"] = StubBehaviour.ErrorMid,
        ["cache"] = StubBehaviour.Cache,
        ["redirect"] = StubBehaviour.Redirect,
        ["bytewise"] = StubBehaviour.Bytewise,
    };

    public static (StubBehaviour Behaviour, int Status) Of(string model, string? header)
    {
        var source = header is { Length: > 0 } ? header : model;
        var at = source.IndexOf("stub-", StringComparison.Ordinal);
        if (at < 0) return (StubBehaviour.Good, 200);
        var name = source[(at + 5)..];
        if (int.TryParse(name, out var status)) return (StubBehaviour.Status, status);
        return (Names.GetValueOrDefault(name, StubBehaviour.Good), 200);
    }
}
