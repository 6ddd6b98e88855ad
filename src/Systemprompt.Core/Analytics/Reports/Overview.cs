using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>One line of the overview.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Total">In the range.</param>
/// <param name="Before">In the range of the same length before.</param>
/// <param name="Trend">By day.</param>
internal sealed record OverviewLine(string Name, string Title, FactUnit Unit, long Total, long Before, long[] Trend)
{
    /// <summary>In parts of what it was before; null when there was nothing.</summary>
    public double? Change => Before == 0 ? null : Math.Round((double)(Total - Before) / Before, 4);
}

/// <summary>The overview: every source at a glance.</summary>
internal sealed record Overview(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<OverviewLine> Lines)
{
    /// <summary>What is shown of the shipped sources. Of every other one, its first measure is.</summary>
    private static readonly (string Source, string Measure, string Title, (string Dimension, string Value)? Where)[] Shown =
    [
        ("analytics.requests", "requests", "requests", null), ("analytics.requests", "errors", "errors", null), ("analytics.pages", "views", "page views", null),
        ("analytics.sessions", "sessions", "visits", ("kind", "visitor")), ("analytics.sessions", "sessions", "user sessions", ("kind", "user")),
        ("analytics.sessions", "sessions", "AI sessions", ("kind", "client")), ("ai.calls", "calls", "model calls", null), ("ai.calls", "failed", "failed model calls", null),
        ("ai.calls", "cost_microdollars", "cost", null), ("ai.calls", "input_tokens", "input tokens", null), ("ai.calls", "output_tokens", "output tokens", null),
        ("governance.decisions", "tool_calls", "tool calls", null), ("governance.decisions", "decisions", "decisions", null), ("governance.decisions", "denied", "denied", null),
    ];

    public static async Task<Overview> MakeAsync(FactCatalogue catalogue, FactStore store, ReportRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (request.By.Count > 0) throw new ReportException("by", "the overview has one line for each figure; 'by' is for the other reports");
        var (from, to) = request.Range(now);
        var lines = new List<OverviewLine>();
        foreach (var source in catalogue.All.OrderBy(source => Array.FindIndex(Shown, shown => shown.Source == source.Name) is >= 0 and var at ? at : int.MaxValue))
        {
            IReadOnlyList<(string, string?)> where = !request.Bots && ReportSpec.All.Any(spec => spec.LeavesBotsOut && spec.Source == source.Name) ? [("bot", null)] : [];
            var by = Shown.Where(shown => shown.Source == source.Name && shown.Where is not null).Select(shown => shown.Where!.Value.Dimension).Distinct().ToList();
            var these = await store.QueryAsync(new FactQuery(source, from, to) { By = by, Where = where }, cancellationToken);
            var before = await store.QueryAsync(new FactQuery(source, from - (to - from), from) { By = by, Where = where }, cancellationToken);
            var shown = Shown.Where(shown => shown.Source == source.Name).ToList();
            if (shown.Count == 0) shown.Add((source.Name, source.Measures[0].Name, source.Title, null));
            foreach (var (_, measure, title, condition) in shown)
            {
                var at = source.Measures.ToList().FindIndex(known => known.Name == measure);
                var fold = new ReportFold(from, to, 1);
                foreach (var group in these.Where(Meets)) fold.AddToTotal(group.Day, [group.Sums[at]]);
                lines.Add(new OverviewLine($"{source.Name}.{measure}{(condition is { } only ? $".{only.Value}" : "")}", title, source.Measures[at].Unit, fold.Total.Sums[0], before.Where(Meets).Sum(group => group.Sums[at]), fold.Total.Trend));

                bool Meets(FactGroup group) => condition is not { } met || group.Keys[by.IndexOf(met.Dimension)] == met.Value;
            }
        }

        return new Overview(from, to, lines);
    }

    public IReadOnlyDictionary<string, object?> ToJson() => new Dictionary<string, object?>
    {
        ["report"] = "overview",
        ["since"] = From.UtcDateTime,
        ["until"] = To.UtcDateTime,
        ["rows"] = Lines.Select(line => new Dictionary<string, object?>
        {
            ["name"] = line.Name, ["title"] = line.Title, ["total"] = line.Total, ["before"] = line.Before, ["change"] = line.Change, ["trend"] = line.Trend,
        }).ToList(),
    };

    public string ToCsv() => CsvText.Of(["name", "total", "before"], Lines.Select(line => (IReadOnlyList<object?>)[line.Name, line.Total, line.Before]));
}
