using System.Globalization;

namespace Systemprompt.Analytics;

/// <summary>A line of a provider's export: its cells by the names of their columns. What a cell must not be is told with its place; the cell itself is not repeated.</summary>
internal sealed class ExportRow
{
    private const int LongestModel = 200;
    private const decimal Most = 1_000_000_000_000_000m;

    private readonly string _file;
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="file">For messages.</param>
    /// <param name="header">The names of the columns.</param>
    /// <exception cref="ExportException">A name stands twice.</exception>
    public ExportRow(string file, IReadOnlyList<string> header)
    {
        _file = file;
        Cells = new string[header.Count];
        for (var at = 0; at < header.Count; at++)
            if (header[at].Trim() is { Length: > 0 } name && !_columns.TryAdd(name, at)) throw new ExportException($"{file}: line 1: column {name} stands twice");
    }

    public string[] Cells { get; }

    /// <summary>Where it begins in the file.</summary>
    public long Line { get; set; }

    public IReadOnlyCollection<string> Columns => _columns.Keys;

    public bool Has(string column) => _columns.ContainsKey(column);

    public string Text(string column) => _columns.TryGetValue(column, out var at) ? Cells[at].Trim() : "";

    /// <summary>A model's name.</summary>
    public string Model(string column, string remedy = "")
    {
        var name = Text(column);
        return name.Length is > 0 and <= LongestModel && !name.Any(char.IsControl) ? name : throw Fault(column, name.Length == 0 ? $"is empty{remedy}" : $"is no name of a model of at most {LongestModel} characters");
    }

    /// <summary>A day, UTC: <c>2026-01-31</c>, or a moment on it.</summary>
    public DateOnly Day(string column)
    {
        if (!DateTimeOffset.TryParse(Text(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) throw Fault(column, "is no day such as 2026-01-31");
        return Within(column, time);
    }

    /// <summary>The day, UTC, of a moment in seconds since 1970.</summary>
    public DateOnly DayOfSeconds(string column) =>
        long.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 32_503_680_000
            ? Within(column, DateTimeOffset.FromUnixTimeSeconds(seconds))
            : throw Fault(column, "is no moment in seconds since 1970");

    /// <summary>A count; nothing is 0.</summary>
    public decimal Count(string column)
    {
        var text = Text(column);
        if (text.Length == 0) return 0;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count == decimal.Truncate(count) && count <= Most
            ? count
            : throw Fault(column, "is no whole number from 0 on");
    }

    /// <summary>Dollars, as microdollars with what is smaller; nothing is 0. Below 0 is a credit.</summary>
    public decimal Microdollars(string column)
    {
        var text = Text(column);
        if (text.Length == 0) return 0;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var dollars) && Math.Abs(dollars) <= Most / 1_000_000
            ? dollars * 1_000_000
            : throw Fault(column, "is no amount of dollars such as 12.34");
    }

    public ExportException Fault(string column, string what) => new($"{_file}: line {Line}, column {column}: {what}");

    private DateOnly Within(string column, DateTimeOffset time) =>
        time.UtcDateTime.Year is >= 2020 and < 2200 ? DateOnly.FromDateTime(time.UtcDateTime) : throw Fault(column, "is not in the years 2020 to 2199");
}

/// <summary>A file that cannot be taken for what a provider exports: which line and column, and why.</summary>
internal sealed class ExportException(string message) : Exception(message);
