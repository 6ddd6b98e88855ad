namespace Systemprompt.Analytics;

/// <summary>What a provider says was used, beside what the trail says, by day (UTC) and model.</summary>
internal sealed record Reconciliation
{
    /// <summary>The provider as the profile names it.</summary>
    public required string Provider { get; init; }

    public required ExportFormat Format { get; init; }

    /// <summary>The figures that the export has.</summary>
    public required IReadOnlyList<UsageFigure> Figures { get; init; }

    /// <summary>The first day.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The day after the last.</summary>
    public required DateOnly Until { get; init; }

    /// <summary>How much two figures may differ, as a part of the larger.</summary>
    public required decimal Tolerance { get; init; }

    /// <summary>By day, then by name.</summary>
    public required IReadOnlyList<ReconciledLine> Lines { get; init; }

    public required ReconciledLine Total { get; init; }

    /// <summary>Lines of the export that lie outside the days.</summary>
    public required long Outside { get; init; }

    /// <summary>Providers that calls went to, when none went to this one.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    public bool Agrees => Lines.All(line => line.Agrees);

    /// <summary>One JSON object; differences are theirs less ours.</summary>
    public IReadOnlyDictionary<string, object?> ToJson() => new Dictionary<string, object?>
    {
        ["report"] = "reconcile",
        ["provider"] = Provider,
        ["format"] = Format.Name,
        ["since"] = Text(From),
        ["until"] = Text(Until),
        ["tolerance_percent"] = Tolerance * 100,
        ["agrees"] = Agrees,
        ["figures"] = Figures.Select(figure => figure.Name()).ToList(),
        ["lines"] = Lines.Select(line => Json(line)).ToList(),
        ["total"] = Json(Total),
        ["lines_outside"] = Outside,
    };

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private Dictionary<string, object?> Json(ReconciledLine line)
    {
        var json = new Dictionary<string, object?>();
        if (!ReferenceEquals(line, Total)) (json["day"], json["model"]) = (Text(line.Day), line.Model);
        json["found_in"] = line.Where;
        json["agrees"] = line.Agrees;
        json["theirs"] = line.IsTheirs ? Figures.ToDictionary(figure => figure.Name(), line.TheirsOf) : null;
        json["ours"] = line.IsOurs ? Figures.ToDictionary(figure => figure.Name(), line.OursOf) : null;
        json["difference"] = Figures.ToDictionary(figure => figure.Name(), line.Difference);
        (json["calls"], json["usage_unknown"], json["cost_unknown"]) = (line.Calls, line.UsageUnknown, line.CostUnknown);
        return json;
    }
}

/// <summary>One day of one model.</summary>
internal sealed class ReconciledLine(DateOnly day, string model)
{
    private readonly decimal[] _theirs = new decimal[UsageFigures.All.Length], _ours = new decimal[UsageFigures.All.Length];

    public DateOnly Day => day;

    /// <summary>As the export names it, else as it was asked for here.</summary>
    public string Model { get; private set; } = model;

    public bool IsTheirs { get; private set; }

    public bool IsOurs { get; private set; }

    public string Where => (IsTheirs, IsOurs) switch { (true, true) => "both", (true, false) => "theirs", (false, true) => "ours", _ => "neither" };

    /// <summary>Calls of ours.</summary>
    public long Calls { get; private set; }

    /// <summary>Those of which nobody here knows what they took.</summary>
    public long UsageUnknown { get; private set; }

    /// <summary>Those of which nobody here knows what they cost.</summary>
    public long CostUnknown { get; private set; }

    /// <summary>Within the tolerance, in every figure of the export.</summary>
    public bool Agrees { get; private set; } = true;

    public long TheirsOf(UsageFigure figure) => Whole(_theirs[(int)figure]);

    public long OursOf(UsageFigure figure) => Whole(_ours[(int)figure]);

    public long Difference(UsageFigure figure) => TheirsOf(figure) - OursOf(figure);

    /// <summary>By how much they differ, as a part of the larger.</summary>
    public decimal Part(UsageFigure figure) => Math.Max(Math.Abs(TheirsOf(figure)), Math.Abs(OursOf(figure))) is > 0 and var larger ? Math.Abs((decimal)Difference(figure)) / larger : 0;

    public void AddTheirs(ExportLine line)
    {
        if (!IsTheirs) Model = line.Model;
        IsTheirs = true;
        foreach (var (figure, value) in line.Figures) _theirs[(int)figure] += value;
    }

    public void AddOurs(Func<UsageFigure, long> sums, long calls, long usageUnknown, long costUnknown)
    {
        IsOurs = true;
        foreach (var figure in UsageFigures.All) _ours[(int)figure] += sums(figure);
        (Calls, UsageUnknown, CostUnknown) = (Calls + calls, UsageUnknown + usageUnknown, CostUnknown + costUnknown);
    }

    public void Add(ReconciledLine line)
    {
        (IsTheirs, IsOurs) = (IsTheirs || line.IsTheirs, IsOurs || line.IsOurs);
        foreach (var figure in UsageFigures.All) (_theirs[(int)figure], _ours[(int)figure]) = (_theirs[(int)figure] + line._theirs[(int)figure], _ours[(int)figure] + line._ours[(int)figure]);
        (Calls, UsageUnknown, CostUnknown) = (Calls + line.Calls, UsageUnknown + line.UsageUnknown, CostUnknown + line.CostUnknown);
    }

    /// <summary>What an export does not tell apart of the input is compared as input.</summary>
    public void Fold(IReadOnlyList<UsageFigure> figures)
    {
        if (!figures.Contains(UsageFigure.Input)) return;
        foreach (var figure in (UsageFigure[])[UsageFigure.CacheWrite, UsageFigure.CacheRead])
            if (!figures.Contains(figure)) _ours[(int)UsageFigure.Input] += _ours[(int)figure];
    }

    public void Judge(IReadOnlyList<UsageFigure> figures, decimal tolerance) => Agrees = figures.All(figure => IsWithin(figure, tolerance));

    public bool IsWithin(UsageFigure figure, decimal tolerance)
    {
        var larger = Math.Max(Math.Abs(TheirsOf(figure)), Math.Abs(OursOf(figure)));
        // Each call's cost is rounded here, to the nearest microdollar.
        var rounding = figure == UsageFigure.Cost ? Calls : 0;
        return Math.Abs((decimal)Difference(figure)) <= Math.Max(larger * tolerance, rounding);
    }

    private static long Whole(decimal value) => (long)Math.Round(value, MidpointRounding.AwayFromZero);
}
