using System.Globalization;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Cli;

/// <summary>A moment as people write it on a command line: how long ago, or a time.</summary>
internal static class CliTime
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <exception cref="CliException">It is neither.</exception>
    public static DateTimeOffset? Read(string option, string? text, DateTimeOffset now)
    {
        if (text is null) return null;
        if (ValueText.Parse(typeof(TimeSpan), text, out _) is TimeSpan ago && ago < now - DateTimeOffset.UnixEpoch) return now - ago;
        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new CliException($"{option} {text} is neither a duration such as 1h or 7d nor a time such as 2026-01-31T08:00Z", 2);
    }
}
