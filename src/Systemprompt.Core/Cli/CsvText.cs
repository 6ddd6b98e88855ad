using System.Globalization;
using System.Text;

namespace Systemprompt.Cli;

/// <summary>Comma-separated values (RFC 4180) that a spreadsheet takes for what they are: a text that would be a formula there begins with an apostrophe.</summary>
internal static class CsvText
{
    private const string Formula = "=+-@\t\r";

    /// <summary>A header and a line for each row, no line break at the end.</summary>
    public static string Of(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', header.Select(Cell));
        foreach (var row in rows) text.Append("\r\n").AppendJoin(',', row.Select(Cell));
        return text.ToString();
    }

    /// <summary>One line, for what is printed as it comes.</summary>
    public static string Line(IEnumerable<object?> cells) => string.Join(',', cells.Select(Cell));

    private static string Cell(object? value)
    {
        if (value is not string text) return Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (text.Length > 0 && Formula.Contains(text[0], StringComparison.Ordinal)) text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
