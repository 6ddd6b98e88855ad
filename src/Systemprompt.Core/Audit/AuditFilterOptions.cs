using System.CommandLine;
using System.Globalization;
using Systemprompt.Cli;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Audit;

/// <summary>The options that choose entries, shared by <c>infra audit list</c> and <c>infra audit export</c>.</summary>
internal static class AuditFilterOptions
{
    private static readonly string[] Times =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    private static readonly Option<string?> Since = new("--since") { Description = "At or after: how long ago, such as 1h or 7d, or a time such as 2026-01-31T08:00Z (UTC unless it says otherwise)." };
    private static readonly Option<string?> Until = new("--until") { Description = "Before, written in the same ways." };
    private static readonly Option<string?> User = new("--user") { Description = "Only this user id." };
    private static readonly Option<string?> Model = new("--model") { Description = "Only this model." };
    private static readonly string[] Statuses = ["completed", "failed", "refused", "aborted", "interrupted", "open", "allow", "deny", "limit"];
    private static readonly Option<string?> Status = new("--status") { Description = "Only this status: completed, failed, refused, aborted, interrupted, open; of decisions allow, deny, limit." };

    public static IReadOnlyList<Symbol> All { get; } = [Since, Until, User, Model, Status];

    public static AuditFilter Read(CliCall call)
    {
        var now = call.Composition.Clock.GetUtcNow();
        var filter = new AuditFilter
        {
            Since = Time(call, Since, now),
            Until = Time(call, Until, now),
            User = call.Get(User),
            Model = call.Get(Model),
            Status = call.Get(Status) is { } status && !Statuses.Contains(status)
                ? throw new CliException($"--status {status} is none of {string.Join(", ", Statuses)}", 2)
                : call.Get(Status),
        };
        return filter.Since < filter.Until || filter.Since is null || filter.Until is null
            ? filter
            : throw new CliException($"--since {call.Get(Since)} is not before --until {call.Get(Until)}", 2);
    }

    private static DateTimeOffset? Time(CliCall call, Option<string?> option, DateTimeOffset now)
    {
        var text = call.Get(option);
        if (text is null) return null;
        if (ValueText.Parse(typeof(TimeSpan), text, out _) is TimeSpan ago && ago < now - DateTimeOffset.UnixEpoch) return now - ago;
        return DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new CliException($"{option.Name} {text} is neither a duration such as 1h or 7d nor a time such as 2026-01-31T08:00Z", 2);
    }
}
