using System.Globalization;
using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>Reports on a terminal.</summary>
internal static class ReportText
{
    private const string None = "(none)";

    public static void Print(CliOutput output, ReportTable report)
    {
        output.Line($"{report.Title} by {string.Join(", ", report.By)}, {Range(report.From, report.To)}");
        var lines = report.Rows.Select(row => Line(report, row, [.. row.Keys.Select(key => key is null ? None : Cut(key))])).ToList();
        if (lines.Count != 1) lines.Add(Line(report, report.Total, [.. report.By.Select((_, at) => at == 0 ? "total" : "")]));
        string[] titles = [.. report.By, .. report.Measures.Select(Title)];
        Table(output, titles, report.By.Count, lines, withTrend: !report.By.Contains("day"));
        if (report.More > 0) output.Notice($"{report.More} more rows; --limit shows them");
    }

    public static void Print(CliOutput output, Overview overview)
    {
        output.Line($"Overview, {Range(overview.From, overview.To)}, beside the time before");
        var lines = overview.Lines
            .Select(line => new TextLine([line.Title, line.Failed is null ? Number(line.Unit, line.Total) : "failed", line.Before is { } before ? Number(line.Unit, before) : "", Change(line)], line.Trend)).ToList();
        Table(output, ["figure", "now", "before", "change"], 1, lines, withTrend: true);
        foreach (var failed in overview.Lines.Where(line => line.Failed is not null)) output.Notice($"{failed.Title}: {failed.Failed}");
    }

    /// <summary>A figure as people read it.</summary>
    internal static string Number(FactUnit unit, long value) => unit switch
    {
        FactUnit.Microdollars when value is > 0 and < 50 => "<$0.0001",
        FactUnit.Microdollars => "$" + (value / 1_000_000m).ToString(value is > -10_000_000 and < 10_000_000 ? "0.0000" : "#,0.00", CultureInfo.InvariantCulture),
        FactUnit.Microseconds => value < 1_000_000 ? $"{(value / 1000m).ToString("0.0", CultureInfo.InvariantCulture)} ms"
            : value < 120_000_000 ? $"{(value / 1_000_000m).ToString("0.0", CultureInfo.InvariantCulture)} s" : $"{(value / 60_000_000m).ToString("#,0", CultureInfo.InvariantCulture)} min",
        FactUnit.Bytes => value < 10_000 ? $"{value} B" : value < 10_000_000 ? $"{value / 1000} kB" : $"{value / 1_000_000:N0} MB",
        _ => value.ToString("#,0", CultureInfo.InvariantCulture),
    };

    private static TextLine Line(ReportTable report, ReportRow row, IReadOnlyList<string> keys)
    {
        var cells = keys.ToList();
        for (var at = 0; at < report.Measures.Count; at++)
        {
            var (unit, value, count) = (report.Measures[at].Unit, row.Sums[at], row.Sums[report.CountAt]);
            cells.Add(unit != FactUnit.Microseconds ? Number(unit, value) : count == 0 ? "" : Number(unit, value / count));
        }

        return new TextLine(cells, row.Trend);
    }

    /// <summary>Figures stand at the right of their columns.</summary>
    private static void Table(CliOutput output, IReadOnlyList<string> titles, int texts, IReadOnlyList<TextLine> lines, bool withTrend)
    {
        var columns = new List<(string, Func<TextLine, object?>)>();
        for (var index = 0; index < titles.Count; index++)
        {
            var at = index;
            var width = at < texts ? 0 : Math.Max(titles[at].Length, lines.Select(line => line.Cells[at].Length).DefaultIfEmpty().Max());
            columns.Add((titles[at].PadLeft(width), line => line.Cells[at].PadLeft(width)));
        }

        if (withTrend) columns.Add(("trend", static line => Sparkline.Of(line.Trend)));
        output.List(lines, [.. columns]);
    }

    private static string Title(FactMeasure measure) => measure.Unit switch
    {
        FactUnit.Microseconds => "mean time",
        FactUnit.Microdollars => measure.Name.Replace("_microdollars", "", StringComparison.Ordinal).Replace('_', ' '),
        _ => measure.Name.Replace('_', ' '),
    };

    private static string Change(OverviewLine line) => line.Change is { } change ? change.ToString("+0%;-0%;0%", CultureInfo.InvariantCulture) : line.Total == 0 || line.Before is null ? "" : "new";

    private static string Range(DateTimeOffset from, DateTimeOffset to) => $"{Moment(from)} to {Moment(to)} UTC";

    private static string Moment(DateTimeOffset time) => time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Cut(string text) => text.Length <= 60 ? text : text[..59] + "…";

    private sealed record TextLine(IReadOnlyList<string> Cells, long[] Trend);
}
