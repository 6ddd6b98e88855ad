using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>A report that is made: the same for the terminal, JSON and CSV.</summary>
internal sealed record ReportTable
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>What rows stand for.</summary>
    public required IReadOnlyList<string> By { get; init; }

    public required IReadOnlyList<FactMeasure> Measures { get; init; }

    /// <summary>What a mean is over: the index of the measure that counts.</summary>
    public required int CountAt { get; init; }

    /// <summary>The rows, cut to the limit; the first measure's largest first, or in order of days.</summary>
    public required IReadOnlyList<ReportRow> Rows { get; init; }

    /// <summary>Of all rows, those that were cut included.</summary>
    public required ReportRow Total { get; init; }

    /// <summary>How many rows the limit cut.</summary>
    public required int More { get; init; }

    /// <summary>One JSON object. A time is given as its sum, and as the mean that the table shows.</summary>
    public IReadOnlyDictionary<string, object?> ToJson() => new Dictionary<string, object?>
    {
        ["report"] = Name,
        ["since"] = From.UtcDateTime,
        ["until"] = To.UtcDateTime,
        ["by"] = By,
        ["rows"] = Rows.Select(row => Values(row, By)).ToList(),
        ["total"] = Values(Total, []),
        ["more"] = More,
    };

    /// <summary>A header and a line for each row.</summary>
    public string ToCsv() => CsvText.Of(
        [.. By, .. Measures.Select(measure => measure.Name)],
        Rows.Select(row => (IReadOnlyList<object?>)[.. row.Keys, .. row.Sums.Select(sum => (object?)sum)]));

    private Dictionary<string, object?> Values(ReportRow row, IReadOnlyList<string> by)
    {
        var values = new Dictionary<string, object?>();
        for (var at = 0; at < by.Count; at++) values[by[at]] = row.Keys[at];
        for (var at = 0; at < Measures.Count; at++)
        {
            values[Measures[at].Name] = row.Sums[at];
            if (Measures[at].Unit == FactUnit.Microseconds) values[$"mean_{Measures[at].Name}"] = row.Sums[CountAt] == 0 ? null : row.Sums[at] / row.Sums[CountAt];
        }

        if (!by.Contains("day")) values["trend"] = row.Trend;
        return values;
    }
}

/// <summary>One line.</summary>
/// <param name="Keys">Values of what rows stand for; null for none.</param>
/// <param name="Sums">The measures, in the report's order.</param>
/// <param name="Trend">The first measure by day.</param>
internal sealed record ReportRow(IReadOnlyList<string?> Keys, long[] Sums, long[] Trend);
