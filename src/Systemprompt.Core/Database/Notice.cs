namespace Systemprompt.Database;

/// <summary>Why a subscriber is called.</summary>
internal enum NoticeKind
{
    /// <summary>Somebody published; <see cref="Notice.Payload"/> is what.</summary>
    Published,

    /// <summary>Listening has begun, or begun again after a break: what was published before may have been missed.</summary>
    Listening,

    /// <summary>The subscriber's interval is over, or something could not be delivered: look for yourself.</summary>
    Poll,
}

/// <summary>One call of a subscriber.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Payload">What was published; empty for the other kinds.</param>
internal readonly record struct Notice(NoticeKind Kind, string Payload)
{
    public static Notice Listening { get; } = new(NoticeKind.Listening, "");

    public static Notice Poll { get; } = new(NoticeKind.Poll, "");

    /// <summary>True when the payload does not tell all: the subscriber has to read the tables.</summary>
    public bool MustReadAgain => Kind != NoticeKind.Published;
}
