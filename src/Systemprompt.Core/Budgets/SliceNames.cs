using System.Globalization;

namespace Systemprompt.Budgets;

/// <summary>A slice's name in a notification.</summary>
internal static class SliceNames
{
    public static string Write(SliceId id) => string.Create(
        CultureInfo.InvariantCulture, $"{id.Budget} {BudgetText.Word(id.Unit)} {BudgetText.Word(id.Period)} {id.Window.Start.UtcTicks} {id.Window.End.UtcTicks} {id.Key}");

    /// <summary>Null when it is none.</summary>
    public static SliceId? Read(string text)
    {
        // The key comes last: it may hold blanks.
        var parts = text.Split(' ', 6);
        if (parts.Length != 6 || Ticks(parts[3]) is not { } start || Ticks(parts[4]) is not { } end) return null;
        var period = parts[2] switch { "day" => BudgetPeriod.Day, "week" => BudgetPeriod.Week, _ => BudgetPeriod.Month };
        return new SliceId(parts[0], BudgetText.Unit(parts[1]), period, parts[5], new BudgetWindow(start, end));
    }

    private static DateTimeOffset? Ticks(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
}
