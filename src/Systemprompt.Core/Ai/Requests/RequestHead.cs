namespace Systemprompt.Ai;

/// <summary>What the gateway reads of a Messages request. The body itself goes on as it came.</summary>
internal readonly record struct RequestHead
{
    /// <summary>The model asked for; null when the body names none.</summary>
    public string? Model { get; init; }

    public bool Stream { get; init; }

    public long? MaxTokens { get; init; }

    /// <summary>The client's session, from <c>metadata.user_id</c>; null when there is none to find.</summary>
    public string? SessionId { get; init; }
}
