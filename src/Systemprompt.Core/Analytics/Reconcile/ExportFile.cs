using nietras.SeparatedValues;

namespace Systemprompt.Analytics;

/// <summary>Reads a provider's export line by line; holds one line, which may have 16 MB.</summary>
internal sealed class ExportFile : IDisposable
{
    private readonly SepReader _reader;
    private readonly string _name;
    private readonly ExportRow _row;
    private int _next;

    private ExportFile(SepReader reader, string name, ExportRow row, ExportFormat format) =>
        (_reader, _name, _row, _next, Format, Figures) = (reader, name, row, reader.Current.LineNumberToExcl, format, format.FiguresOf(row));

    public ExportFormat Format { get; }

    /// <summary>The figures that it has.</summary>
    public IReadOnlyList<UsageFigure> Figures { get; }

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The file; it is closed with this.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="ExportException">It is no export that is known.</exception>
    public static ExportFile Open(Stream stream, string name)
    {
        // The header is read here, and lines are counted against it here, for messages of our own. The separator is the one that the header has: , ; | or a tab.
        var reader = Sep.Reader(static options => options with { HasHeader = false, Unescape = true, DisableColCountCheck = true }).From(stream);
        try
        {
            if (!reader.MoveNext()) throw new ExportException($"{name} is empty; an export has a header first");
            var row = new ExportRow(name, Cells(reader.Current));
            return new ExportFile(reader, name, row, ExportFormat.Of(row, name));
        }
        catch (Exception fault)
        {
            reader.Dispose();
            if (TooLong(fault, name, 1) is { } known) throw known;
            throw;
        }
    }

    /// <summary>The lines that say something.</summary>
    /// <exception cref="ExportException">A line is not as the header says.</exception>
    public IEnumerable<ExportLine> Lines()
    {
        while (Next())
            if (Format.Read(_row) is { } line) yield return line;
    }

    public void Dispose() => _reader.Dispose();

    private bool Next()
    {
        try
        {
            while (_reader.MoveNext())
            {
                var row = _reader.Current;
                var line = row.LineNumberFrom;
                _next = row.LineNumberToExcl;
                if (row.ColCount == 1 && row.Span.IsEmpty) continue;
                if (row.ColCount != _row.Cells.Length) throw new ExportException($"{_name}: line {line}: has {row.ColCount} columns, and the header has {_row.Cells.Length}");
                for (var at = 0; at < row.ColCount; at++) _row.Cells[at] = row[at].ToString();
                _row.Line = line;
                return true;
            }

            return false;
        }
        catch (Exception fault) when (TooLong(fault, _name, _next) is { } known)
        {
            throw known;
        }
    }

    private static string[] Cells(SepReader.Row row)
    {
        var cells = new string[row.ColCount];
        for (var at = 0; at < cells.Length; at++) cells[at] = row[at].ToString();
        return cells;
    }

    // How the reader says that a line does not fit into what it holds.
    private static ExportException? TooLong(Exception fault, string name, long line) =>
        fault is NotSupportedException ? new ExportException($"{name}: line {line}: is longer than 16 MB; a quotation mark may be missing at its end") : null;
}
