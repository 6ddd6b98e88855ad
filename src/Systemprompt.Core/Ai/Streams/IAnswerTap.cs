namespace Systemprompt.Ai;

/// <summary>What is learned of an answer that passes byte for byte, from a copy of it. It never judges: what it cannot read goes on as it came.</summary>
internal interface IAnswerTap
{
    /// <summary>The provider's word for what failed; null when nothing did.</summary>
    string? ErrorType { get; }

    /// <summary>Reads one whole event of a stream.</summary>
    StreamStep Read(ReadOnlySpan<byte> sse);

    /// <summary>The provider closed its stream: whether what came before was all of it.</summary>
    bool IsWhole { get; }

    /// <summary>Reads an answer, or an error, that came in one piece.</summary>
    /// <returns>False when it is not a JSON object.</returns>
    bool ReadBody(ReadOnlySpan<byte> json);

    /// <summary>Puts what is known by now on the call.</summary>
    void Note(ModelCall call);
}
