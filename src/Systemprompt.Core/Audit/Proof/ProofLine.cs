using System.Text.Json.Nodes;

namespace Systemprompt.Audit.Proof;

/// <summary>A line of an export with proof, whatever its format.</summary>
internal abstract record ProofLine;

/// <summary>The first: what this is, of whom, when, the algorithm in words, and each table's columns with their types.</summary>
internal sealed record HeaderLine(JsonObject Content) : ProofLine
{
    /// <summary>What the first line says, so that nobody takes another file for one.</summary>
    public const string Label = "systemprompt audit proof 1";

    public static IReadOnlyList<string> Algorithm { get; } =
    [
        "Each row's hash is SHA-256 over: the hash of its writer's row before it (32 bytes), the table's name in UTF-8, the row's values in the order of the table's columns, and the row's number (seq) as 8 bytes.",
        "A value is its length as 4 bytes and its bytes; null is the length -1 and no bytes. All numbers are signed and big-endian.",
        "Bytes of a value: uuid its 16 bytes; time the microseconds since 2000-01-01T00:00:00Z as 8 bytes; text its UTF-8; bool one byte, 1 or 0; int2, int4, int8 that many bytes; bytes as they are, here in hex.",
        "Before a writer's first row (seq 1) stands SHA-256 over the text 'systemprompt audit chain 2' and the writer's id, 16 bytes.",
        "A column NAME_digest is SHA-256 over the row's id, 16 bytes, and the personal value in UTF-8, which is not part of this file.",
        "The last line is SHA-256 over all bytes before it, line breaks and all.",
    ];
}

/// <summary>A column's name in the table that follows it; for people who open the CSV in a spreadsheet.</summary>
internal sealed record ColumnsLine(string Table, IReadOnlyList<string> Columns) : ProofLine;

/// <summary>A writer's rows begin.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="From">The first row's number.</param>
/// <param name="Previous">The hash of the row before it; null when that is not there any more, so that this row itself cannot be checked.</param>
internal sealed record RunLine(Guid Writer, long From, byte[]? Previous) : ProofLine;

/// <summary>A row.</summary>
internal sealed record RowLine(Guid Writer, long Seq, string Table, byte[] Hash, IReadOnlyList<string?> Values) : ProofLine;

/// <summary>The last but one: how many rows of whom, from where to where, and where each writer's chain ended when this was made.</summary>
internal sealed record ManifestLine(JsonObject Content) : ProofLine;

/// <summary>The last.</summary>
internal sealed record DigestLine(byte[] Sha256) : ProofLine;
