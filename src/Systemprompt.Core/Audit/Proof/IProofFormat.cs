namespace Systemprompt.Audit.Proof;

/// <summary>How lines stand in a file. A line holds no line break of its own.</summary>
internal interface IProofFormat
{
    /// <summary>The line's text.</summary>
    string Write(ProofLine line, IReadOnlyList<FieldType> types);

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong with it.</exception>
    ProofLine Read(string text);
}

internal static class ProofFormats
{
    public static IProofFormat Json { get; } = new JsonProofFormat();

    public static IProofFormat Csv { get; } = new CsvProofFormat();

    /// <summary>Hex of a hash, in the one way that it is written.</summary>
    public static byte[] Hash(string? text) =>
        text is { Length: 2 * AuditHash.Size } && !text.Any(char.IsUpper) ? Convert.FromHexString(text) : throw new FormatException("a hash is not 64 hexadecimal digits in small letters");
}
