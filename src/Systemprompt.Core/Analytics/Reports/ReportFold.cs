namespace Systemprompt.Analytics;

/// <summary>Folds sums by day into a report's rows and their trends.</summary>
internal sealed class ReportFold
{
    private readonly Dictionary<string, ReportRow> _rows = new(StringComparer.Ordinal);
    private readonly DateOnly _first;
    private readonly int _days, _measures;

    public ReportFold(DateTimeOffset from, DateTimeOffset to, int measures)
    {
        _first = DateOnly.FromDateTime(from.UtcDateTime);
        _days = DateOnly.FromDateTime(to.UtcDateTime.AddTicks(-1)).DayNumber - _first.DayNumber + 1;
        _measures = measures;
        Total = new ReportRow([], new long[measures], new long[_days]);
    }

    public ReportRow Total { get; private set; }

    public int Count => _rows.Count;

    /// <summary>Adds sums to a row. The total is apart, since a report may count one thing in two rows, such as a user of two teams.</summary>
    public void Add(DateOnly day, IReadOnlyList<string?> keys, IReadOnlyList<long> sums)
    {
        var id = string.Join('\0', keys.Select(static key => key ?? "\u0001"));
        if (!_rows.TryGetValue(id, out var row)) _rows.Add(id, row = new ReportRow(keys, new long[_measures], new long[_days]));
        AddTo(row, day, sums);
    }

    public void AddToTotal(DateOnly day, IReadOnlyList<long> sums) => AddTo(Total, day, sums);

    /// <summary>The rows: by day when that is the first they stand for, else the largest first.</summary>
    public IReadOnlyList<ReportRow> Rows(bool byDay, int limit) =>
    [
        .. (byDay
            ? _rows.Values.OrderByDescending(row => row.Keys[0], StringComparer.Ordinal).ThenByDescending(row => row.Sums[0]).ThenBy(Text, StringComparer.Ordinal).Take(limit).OrderBy(row => row.Keys[0], StringComparer.Ordinal).ThenByDescending(row => row.Sums[0]).ThenBy(Text, StringComparer.Ordinal)
            : _rows.Values.OrderByDescending(row => row.Sums[0]).ThenByDescending(row => row.Sums.Length > 1 ? row.Sums[1] : 0).ThenBy(Text, StringComparer.Ordinal).Take(limit)),
    ];

    private static string Text(ReportRow row) => string.Join('\0', row.Keys);

    private void AddTo(ReportRow row, DateOnly day, IReadOnlyList<long> sums)
    {
        for (var at = 0; at < _measures; at++) row.Sums[at] += sums[at];
        var index = day.DayNumber - _first.DayNumber;
        if (index >= 0 && index < _days) row.Trend[index] += sums[0];
    }
}
