using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>Puts a provider's export beside the figures of the calls that went to it. Holds a line for each day and model, whatever the file's size.</summary>
internal sealed class ReconcileDesk(FactCatalogue catalogue, FactStore store)
{
    private const string Source = "ai.calls";
    private const int MostLines = 200_000;

    /// <param name="stream">The export; it is closed with this.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="provider">The provider as the profile names it.</param>
    /// <param name="from">The first day; null for the file's.</param>
    /// <param name="until">The day after the last; null for the file's.</param>
    /// <param name="tolerance">How much two figures may differ, as a part of the larger.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ExportException">The file is not what a provider exports.</exception>
    /// <exception cref="ReportException">There are no figures of calls, or the range is none.</exception>
    public async Task<Reconciliation> MakeAsync(Stream stream, string name, string provider, DateOnly? from, DateOnly? until, decimal tolerance, CancellationToken cancellationToken)
    {
        var source = catalogue.Find(Source) ?? throw new ReportException("report", "'reconcile' needs the extension 'ai', which this profile disables");
        using var file = ExportFile.Open(stream, name);
        var (lines, outside) = (new Dictionary<(DateOnly, string), ReconciledLine>(), 0L);
        foreach (var line in file.Lines())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.Day < from || line.Day >= until) outside++;
            else LineOf(line.Day, line.Model).AddTheirs(line);
            if (lines.Count > MostLines) throw new ExportException($"{name} has more than {MostLines} days and models; --since and --until take a part of it");
        }

        if (lines.Count == 0 && (from is null || until is null)) throw new ExportException($"{name} has no line with a figure{(outside > 0 ? $" in the range; {outside} are outside" : "")}");
        var (first, end) = (from ?? lines.Values.Min(line => line.Day), until ?? lines.Values.Max(line => line.Day).AddDays(1));
        if (first >= end) throw new ReportException("since", $"{Reconciliation.Text(first)} is not before {Reconciliation.Text(end)}, where the report ends");
        if (end.DayNumber - first.DayNumber > ReportRequest.MostDays) throw new ReportException("since", $"the range is longer than {ReportRequest.MostDays} days");
        var query = new FactQuery(source, DaySplit.Start(first), DaySplit.Start(end));
        foreach (var group in await store.QueryAsync(query with { By = ["model", "upstream_model"], Where = [("provider", provider)] }, cancellationToken))
        {
            var line = LineOf(group.Day, group.Keys[1] ?? group.Keys[0] ?? "(no model)");
            line.AddOurs(figure => Sum(source, group, figure.Name()), Sum(source, group, "calls"), Sum(source, group, "usage_unknown"), Sum(source, group, "cost_unknown"));
        }

        return await ResultAsync(
            new Reconciliation
            {
                Provider = provider, Format = file.Format, Figures = file.Figures, From = first, Until = end, Tolerance = tolerance, Lines = Judged(lines.Values, file.Figures, tolerance), Total = new ReconciledLine(first, ""),
                Outside = outside,
            },
            query, cancellationToken);

        ReconciledLine LineOf(DateOnly day, string model)
        {
            var key = (day, ModelName.KeyOf(model));
            if (!lines.TryGetValue(key, out var line)) lines.Add(key, line = new ReconciledLine(day, model));
            return line;
        }
    }

    private async Task<Reconciliation> ResultAsync(Reconciliation result, FactQuery query, CancellationToken cancellationToken)
    {
        foreach (var line in result.Lines) result.Total.Add(line);
        result.Total.Judge(result.Figures, result.Tolerance);
        if (result.Total.IsOurs) return result;
        var others = await store.QueryAsync(query with { By = ["provider"] }, cancellationToken);
        return result with { Others = [.. others.Select(group => group.Keys[0]).OfType<string>().Distinct().Order(StringComparer.Ordinal)] };
    }

    /// <summary>Without those in which neither side has anything, such as calls that reached nobody.</summary>
    private static IReadOnlyList<ReconciledLine> Judged(IEnumerable<ReconciledLine> lines, IReadOnlyList<UsageFigure> figures, decimal tolerance)
    {
        var judged = new List<ReconciledLine>();
        foreach (var line in lines)
        {
            line.Fold(figures);
            line.Judge(figures, tolerance);
            if (line.UsageUnknown > 0 || line.CostUnknown > 0 || figures.Any(figure => line.TheirsOf(figure) != 0 || line.OursOf(figure) != 0)) judged.Add(line);
        }

        return [.. judged.OrderBy(line => line.Day).ThenBy(line => line.Model, StringComparer.Ordinal)];
    }

    private static long Sum(FactSource source, FactGroup group, string measure)
    {
        for (var at = 0; at < source.Measures.Count; at++)
            if (source.Measures[at].Name == measure) return group.Sums[at];
        return 0;
    }
}
