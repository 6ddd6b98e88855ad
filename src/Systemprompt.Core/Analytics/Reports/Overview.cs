using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>One line of the overview.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Total">In the range.</param>
/// <param name="Before">In the range before; null when rows of it are gone, so that it would compare with a part.</param>
/// <param name="Trend">By day.</param>
internal sealed record OverviewLine(string Name, string Title, FactUnit Unit, long Total, long? Before, long[] Trend)
{
    /// <summary>Why the source has no figures; null when it has.</summary>
    public string? Failed { get; init; }

    /// <summary>In parts of what it was before; null when there was nothing.</summary>
    public double? Change => Before is null or 0 ? null : Math.Round((double)(Total - Before.Value) / Before.Value, 4);
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
            var shown = Shown.Where(shown => shown.Source == source.Name).ToList();
            if (shown.Count == 0) shown.Add((source.Name, source.Measures[0].Name, source.Title, null));
            IReadOnlyList<FactGroup> these;
            IReadOnlyList<FactGroup>? before;
            try
            {
                these = await store.QueryAsync(new FactQuery(source, from, to) { By = by, Where = where }, cancellationToken);
                before = await BeforeAsync(store, new FactQuery(source, from, to) { By = by, Where = where }, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
            {
                // One extension's broken statement must not cost the others their lines.
                lines.AddRange(shown.Select(line => new OverviewLine(NameOf(line), line.Title, FactUnit.Count, 0, null, []) { Failed = DatabaseErrors.Describe(exception) }));
                continue;
            }

            foreach (var line in shown)
            {
                var (_, measure, title, condition) = line;
                var at = source.Measures.ToList().FindIndex(known => known.Name == measure);
                var fold = new ReportFold(from, to, 1);
                foreach (var group in these.Where(Meets)) fold.AddToTotal(group.Day, [group.Sums[at]]);
                lines.Add(new OverviewLine(NameOf(line), title, source.Measures[at].Unit, fold.Total.Sums[0], before?.Where(Meets).Sum(group => group.Sums[at]), fold.Total.Trend));

                bool Meets(FactGroup group) => condition is not { } met || group.Keys[by.IndexOf(met.Dimension)] == met.Value;
            }
        }

        return new Overview(from, to, lines);
    }

    /// <summary>
    /// The time before: as long, and for a range of whole days and a part of the last so many days earlier, so that its days are whole too. Null when
    /// it has a part of a day whose rows are gone.
    /// </summary>
    private static async Task<IReadOnlyList<FactGroup>?> BeforeAsync(FactStore store, FactQuery query, CancellationToken cancellationToken)
    {
        var length = query.To - query.From;
        var shift = query.From.UtcDateTime.TimeOfDay == TimeSpan.Zero ? TimeSpan.FromDays(Math.Ceiling(length.TotalDays)) : length;
        var (from, to) = (query.From - shift, query.To - shift);
        foreach (var part in new[] { from, to })
            if (part.UtcDateTime.TimeOfDay != TimeSpan.Zero && !await store.HasRowsAsync(query.Source, DateOnly.FromDateTime(part.UtcDateTime), cancellationToken)) return null;
        return await store.QueryAsync(query with { From = from, To = to }, cancellationToken);
    }

    private static string NameOf((string Source, string Measure, string Title, (string Dimension, string Value)? Where) line) => $"{line.Source}.{line.Measure}{(line.Where is { } only ? $".{only.Value}" : "")}";

    public IReadOnlyDictionary<string, object?> ToJson() => new Dictionary<string, object?>
    {
        ["report"] = "overview",
        ["since"] = From.UtcDateTime,
        ["until"] = To.UtcDateTime,
        ["rows"] = Lines.Select(line => new Dictionary<string, object?>
        {
            ["name"] = line.Name, ["title"] = line.Title, ["failed"] = line.Failed, ["total"] = line.Failed is null ? line.Total : null, ["before"] = line.Before, ["change"] = line.Change, ["trend"] = line.Trend,
        }).ToList(),
    };

    public string ToCsv() => CsvText.Of(["name", "total", "before"], Lines.Select(line => (IReadOnlyList<object?>)[line.Name, line.Failed is null ? line.Total : null, line.Before]));
}
