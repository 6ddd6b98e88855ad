namespace Systemprompt.Audit.Bodies;

/// <summary>The bodies of one call, sealed.</summary>
internal sealed record KeptBody
{
    /// <summary>The call's.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it came in.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Which key sealed it.</summary>
    public required string KeyId { get; init; }

    public required byte[] Request { get; init; }

    public required byte[] Answer { get; init; }

    /// <summary>How long the request was, whatever is kept of it.</summary>
    public required long RequestBytes { get; init; }

    /// <inheritdoc cref="RequestBytes"/>
    public required long AnswerBytes { get; init; }
}
