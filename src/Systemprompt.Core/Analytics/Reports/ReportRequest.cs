namespace Systemprompt.Analytics;

/// <summary>What somebody asks of a report.</summary>
internal sealed record ReportRequest
{
    public const int MostDays = 1100;
    public const int MostRows = 10_000;
    private const int DefaultDays = 7, FirstYear = 2000, LastYear = 9000;

    /// <summary>At or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>So many days up to now, today one of them.</summary>
    public int? Days { get; init; }

    /// <summary>What rows stand for; empty for the report's own.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    public int Limit { get; init; } = 20;

    /// <summary>Bots too.</summary>
    public bool Bots { get; init; }

    /// <summary>The range that is meant.</summary>
    /// <exception cref="ReportException">It is none, or the limit is none.</exception>
    public (DateTimeOffset From, DateTimeOffset To) Range(DateTimeOffset now)
    {
        if (Limit is < 1 or > MostRows) throw new ReportException("limit", $"{Limit} is not from 1 to {MostRows}");
        foreach (var (field, time) in new[] { ("since", Since), ("until", Until) })
            if (time is { UtcDateTime.Year: < FirstYear or > LastYear }) throw new ReportException(field, $"must be in the years {FirstYear} to {LastYear}");
        if (Days is not null && Since is not null) throw new ReportException("days", "days and since both say where to begin; give one");
        if (Days is < 1 or > MostDays) throw new ReportException("days", $"{Days} is not from 1 to {MostDays}");
        var to = Until ?? now;
        var last = DateOnly.FromDateTime(to.UtcDateTime.AddTicks(-1));
        var from = Since ?? DaySplit.Start(last.AddDays(1 - (Days ?? DefaultDays)));
        if (from >= to) throw new ReportException("since", $"{from:yyyy-MM-dd HH:mm}Z is not before {to:yyyy-MM-dd HH:mm}Z, where the report ends");
        return to - from > TimeSpan.FromDays(MostDays + 1) ? throw new ReportException("since", $"the range is longer than {MostDays} days") : (from, to);
    }

    /// <summary>Several names, separated by commas.</summary>
    public static IReadOnlyList<string> Names(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}

/// <summary>A report that cannot be made as asked.</summary>
/// <param name="field">What is wrong.</param>
/// <param name="message">Why, and the remedy.</param>
internal sealed class ReportException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}
