namespace Systemprompt.Http;

/// <summary>
/// Endpoint metadata: the route's room records each of its requests by itself, so nobody else needs a second row. The handler may say more of a
/// request by a <see cref="ClientActivity"/> among its features.
/// </summary>
internal sealed class RecordedElsewhere
{
    /// <summary>A listing, a probe, an unknown path.</summary>
    public static RecordedElsewhere Other { get; } = new();

    /// <summary>A call of a model.</summary>
    public static RecordedElsewhere ModelCall { get; } = new();

    private RecordedElsewhere()
    {
    }
}

/// <summary>What a handler found out about the AI client's request: a feature of the request.</summary>
/// <param name="Session">The client's own session, such as that of Claude Code; its claim.</param>
/// <param name="IsToolCall">A tool is about to run.</param>
internal sealed record ClientActivity(string? Session, bool IsToolCall);
