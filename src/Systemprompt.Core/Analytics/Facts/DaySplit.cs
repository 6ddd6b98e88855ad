namespace Systemprompt.Analytics;

/// <summary>A range of time, divided into whole days whose sums are there, and what has to be summed up now.</summary>
/// <param name="Days">The days whose sums are there.</param>
/// <param name="Live">The rest, as few ranges as possible, in order.</param>
internal sealed record DaySplit(IReadOnlyList<DateOnly> Days, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Live)
{
    public static DaySplit Of(DateTimeOffset from, DateTimeOffset to, IReadOnlySet<DateOnly> rolled)
    {
        var (days, live) = (new List<DateOnly>(), new List<(DateTimeOffset From, DateTimeOffset To)>());
        for (var day = DateOnly.FromDateTime(from.UtcDateTime); Start(day) < to; day = day.AddDays(1))
        {
            var (begin, end) = (Start(day), Start(day.AddDays(1)));
            if (begin >= from && end <= to && rolled.Contains(day)) days.Add(day);
            else if (live.Count > 0 && live[^1].To == begin) live[^1] = (live[^1].From, Earlier(end, to));
            else live.Add((begin > from ? begin : from, Earlier(end, to)));
        }

        return new DaySplit(days, live);
    }

    public static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
