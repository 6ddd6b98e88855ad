namespace Systemprompt.Budgets;

/// <summary>From when to when an amount has to last: the beginning counts, the end does not.</summary>
internal readonly record struct BudgetWindow(DateTimeOffset Start, DateTimeOffset End)
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(15);

    /// <summary>The window that holds a moment. Days are those of the zone's clocks, so one may have 23 or 25 hours.</summary>
    public static BudgetWindow Of(BudgetPeriod period, TimeZoneInfo zone, DateTimeOffset at)
    {
        var day = TimeZoneInfo.ConvertTime(at, zone).Date;
        var first = period switch
        {
            BudgetPeriod.Day => day,
            BudgetPeriod.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            _ => new DateTime(day.Year, day.Month, 1),
        };
        var next = period switch { BudgetPeriod.Day => first.AddDays(1), BudgetPeriod.Week => first.AddDays(7), _ => first.AddMonths(1) };
        return new BudgetWindow(Beginning(first, zone), Beginning(next, zone));
    }

    /// <summary>When a day begins: the first time that its clocks show midnight, or the first time after it where midnight is skipped.</summary>
    private static DateTimeOffset Beginning(DateTime midnight, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(midnight)) midnight += Step;
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
