using Cronos;

namespace Systemprompt.Scheduler;

/// <summary>Cron expressions in time zones, by Cronos: a run that daylight saving skips comes right after the gap, one in the doubled hour comes once.</summary>
internal static class Cron
{
    /// <summary>What is wrong with an expression; null when nothing is.</summary>
    public static string? Fault(string expression)
    {
        try
        {
            return Parse(expression).GetNextOccurrence(DateTime.UnixEpoch) is null ? $"'{expression}' never comes" : null;
        }
        catch (CronFormatException fault)
        {
            return $"'{expression}' is no cron expression: {fault.Message.TrimEnd('.')}. Five fields (minute, hour, day, month, weekday), or six with seconds in front";
        }
    }

    /// <summary>What is wrong with a time zone; null when nothing is.</summary>
    public static string? ZoneFault(string zone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? null
        : $"there is no time zone '{zone}' on this machine: write an IANA name such as Europe/Berlin, or install the package tzdata";

    /// <summary>The first occurrence after a moment; null when there is none.</summary>
    public static DateTimeOffset? Next(string expression, string zone, DateTimeOffset after) =>
        Parse(expression).GetNextOccurrence(after, TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static CronExpression Parse(string expression) => expression.StartsWith('@') || Fields(expression) != 6
        ? CronExpression.Parse(expression)
        : CronExpression.Parse(expression, CronFormat.IncludeSeconds);

    private static int Fields(string expression) => expression.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length;
}
