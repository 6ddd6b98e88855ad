namespace Systemprompt.Extensions;

/// <summary>A policy that reads answers of models too, as they pass: a scanner for credentials, for personal data, for unsafe text.</summary>
public interface IAnswerPolicy : IPolicy
{
    /// <summary>Begins to read the answer to a call that the chain let pass.</summary>
    /// <param name="call">The call. Its content is valid only while this method runs.</param>
    /// <returns>What reads this one answer; null where there is nothing to look for.</returns>
    IAnswerWatch? Watch(PolicyCall call);
}

/// <summary>
/// Reads one answer, piece by piece, before each piece leaves for the client. It changes no byte: it passes, remarks (<see cref="PolicyOutcome.Warn"/>)
/// or refuses, which ends the answer there. Called by one thread at a time, and on the hot path of every stream: no I/O. An exception refuses.
/// </summary>
public interface IAnswerWatch
{
    /// <summary>Judges the next piece.</summary>
    PolicyVerdict Read(in AnswerText text);

    /// <summary>
    /// True while what came last may be the beginning of something that is refused. What has come since is then kept back until it is known, so that not even a
    /// part of it leaves: stay undecided for a word or two, not for a paragraph.
    /// </summary>
    bool IsUndecided => false;
}

/// <summary>A piece of an answer's text, as the client will see it.</summary>
public readonly ref struct AnswerText
{
    /// <summary>Which text of the answer the piece belongs to: pieces with the same number follow each other. Numbers mean nothing else.</summary>
    public int Block { get; init; }

    /// <summary>The piece, decoded. Empty where a block ends without one.</summary>
    public ReadOnlySpan<char> Text { get; init; }

    /// <summary>True on the block's last piece.</summary>
    public bool Ends { get; init; }
}
