using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Systemprompt.Audit.Proof;

/// <summary>
/// Comma-separated values, one record a line: its kind, then its parts. A value is as in JSON, with a backslash before what a spreadsheet or a
/// reader of lines would take amiss: <c>\N</c> is null, <c>\n</c> and <c>\r</c> line breaks, <c>\\</c> a backslash, and <c>\</c> before a
/// beginning that would be a formula.
/// </summary>
internal sealed class CsvProofFormat : IProofFormat
{
    private const string Null = "\\N", Formula = "=+-@\t";

    public string Write(ProofLine line, IReadOnlyList<FieldType> types) => line switch
    {
        HeaderLine header => Record("proof", JsonProofFormat.Text(header.Content)),
        ColumnsLine columns => Record(["columns", columns.Table, .. columns.Columns]),
        RunLine run => Record("run", run.Writer.ToString(), Number(run.From), run.Previous is null ? Null : Convert.ToHexStringLower(run.Previous)),
        RowLine row => Record(["row", row.Writer.ToString(), Number(row.Seq), row.Table, Convert.ToHexStringLower(row.Hash), .. row.Values.Select((value, at) => Escape(value, types[at]))]),
        ManifestLine manifest => Record("manifest", JsonProofFormat.Text(manifest.Content)),
        DigestLine digest => Record("sha256", Convert.ToHexStringLower(digest.Sha256)),
        _ => throw new InvalidOperationException("no such line"),
    };

    public ProofLine Read(string text)
    {
        var cells = Cells(text);
        return (cells[0], cells.Count) switch
        {
            ("row", >= 5) => new RowLine(Id(cells[1]), Number(cells[2]), cells[3], ProofFormats.Hash(cells[4]), [.. cells.Skip(5).Select(Unescape)]),
            ("run", 4) => new RunLine(Id(cells[1]), Number(cells[2]), cells[3] == Null ? null : ProofFormats.Hash(cells[3])),
            ("columns", > 1) => new ColumnsLine(cells[1], [.. cells.Skip(2)]),
            ("proof", 2) => new HeaderLine(Object(cells[1])),
            ("manifest", 2) => new ManifestLine(Object(cells[1])),
            ("sha256", 2) => new DigestLine(ProofFormats.Hash(cells[1])),
            _ => throw new FormatException("it is no line of an export with proof"),
        };
    }

    private static string Record(params IEnumerable<string> cells) => string.Join(',', cells.Select(cell => cell.AsSpan().IndexOfAny("\",") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    private static string Escape(string? value, FieldType type)
    {
        if (value is null) return Null;
        if (type.IsBare || value.Length == 0) return value;
        var text = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        return Formula.Contains(text[0], StringComparison.Ordinal) ? "\\" + text : text;
    }

    private static string? Unescape(string cell)
    {
        if (cell == Null) return null;
        if (!cell.Contains('\\', StringComparison.Ordinal)) return cell;
        var text = new StringBuilder(cell.Length);
        for (var at = 0; at < cell.Length; at++)
        {
            if (cell[at] != '\\') text.Append(cell[at]);
            else if (++at < cell.Length) text.Append(cell[at] switch { 'n' => '\n', 'r' => '\r', var other => other });
            else throw new FormatException("a value ends in half an escape");
        }

        return text.ToString();
    }

    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        for (var at = 0; at <= line.Length;)
        {
            if (at < line.Length && line[at] == '"')
            {
                var text = new StringBuilder();
                for (at++; ; at++)
                {
                    if (at >= line.Length) throw new FormatException("a quotation mark is not closed");
                    if (line[at] != '"') text.Append(line[at]);
                    else if (at + 1 < line.Length && line[at + 1] == '"') text.Append(line[++at]);
                    else break;
                }

                if (++at < line.Length && line[at] != ',') throw new FormatException("something stands between a quotation mark and the next comma");
                cells.Add(text.ToString());
                at++;
            }
            else
            {
                var end = line.IndexOf(',', at);
                if (end < 0) end = line.Length;
                cells.Add(line[at..end]);
                at = end + 1;
            }
        }

        return cells;
    }

    private static Guid Id(string text) => Guid.ParseExact(text, "D");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static JsonObject Object(string text)
    {
        try
        {
            return JsonNode.Parse(text)!.AsObject();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new FormatException("it is no JSON object");
        }
    }
}
