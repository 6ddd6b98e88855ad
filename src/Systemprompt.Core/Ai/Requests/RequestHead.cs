namespace Systemprompt.Ai;

/// <summary>What the gateway reads of a request. The body itself goes on as it came.</summary>
internal readonly record struct RequestHead
{
    /// <summary>The model asked for; null when the body names none.</summary>
    public string? Model { get; init; }

    /// <summary>Where the model's name stands in the body, with its quotes.</summary>
    public int ModelAt { get; init; }

    public int ModelLength { get; init; }

    public bool Stream { get; init; }

    /// <summary>True when tools are offered.</summary>
    public bool HasTools { get; init; }

    /// <summary>
    /// True when the provider takes more for input than the body holds: content that it keeps, or what tools find that it runs itself (<see cref="UnseenInput"/>). Only a
    /// provider that is asked in the client's own protocol does.
    /// </summary>
    public bool HasUnseenInput { get; init; }

    /// <summary>True when such a provider may search, but only in what it has kept of the web.</summary>
    public bool HasKeptSearch { get; init; }

    public long? MaxTokens { get; init; }

    /// <summary>The larger one where the body gives two: a provider that does not know one of the fields heeds the other.</summary>
    public long? MostTokens { get; init; }

    /// <summary>How many answers are asked for, each of which may have as many tokens (<c>n</c>); at least 1.</summary>
    public long Choices { get => Math.Max(1, field); init; }

    /// <summary>How to ask for a stream's usage on behalf of a client that does not; null when there is nothing to ask.</summary>
    public Splice? UsageAsked { get; init; }

    /// <summary>The client's session, from <c>metadata.user_id</c> or <c>prompt_cache_key</c>; null when there is none to find.</summary>
    public string? SessionId { get; init; }

    /// <summary>Where the last messages, or items, of the conversation stand in the body, in order.</summary>
    public Range[]? LastParts { get; init; }

    /// <summary>True once all of the body was read and found to be JSON.</summary>
    public bool IsWellFormed { get; init; }
}

/// <summary>A change at one place of a body.</summary>
/// <param name="At">Where, in bytes.</param>
/// <param name="Removed">How many bytes go.</param>
/// <param name="Text">What stands there instead.</param>
internal readonly record struct Splice(int At, int Removed, string Text);
