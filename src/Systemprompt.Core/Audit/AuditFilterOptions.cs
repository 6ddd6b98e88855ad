using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary>The options that choose entries, shared by <c>infra audit list</c>, <c>export</c> and <c>evidence</c>; of them <c>verify</c> has those of time.</summary>
internal static class AuditFilterOptions
{
    private static readonly Option<string?> Since = new("--since") { Description = "At or after: how long ago, such as 1h or 7d, or a time such as 2026-01-31T08:00Z (UTC unless it says otherwise)." };
    private static readonly Option<string?> Until = new("--until") { Description = "Before, written in the same ways." };
    private static readonly Option<string?> User = new("--user") { Description = "Only this user id." };
    private static readonly Option<string?> Model = new("--model") { Description = "Only this model." };
    private static readonly Option<string?> Project = new("--project") { Description = "Only model calls that count for this project." };
    private static readonly string[] Statuses = ["completed", "failed", "refused", "aborted", "interrupted", "open", "allow", "deny", "limit"];
    private static readonly Option<string?> Status = new("--status") { Description = "Only this status: completed, failed, refused, aborted, interrupted, open; of decisions allow, deny, limit." };

    public static IReadOnlyList<Symbol> All { get; } = [Since, Until, User, Model, Project, Status];

    /// <summary>Without the status, which means something else to each kind of entry.</summary>
    public static IReadOnlyList<Symbol> Range { get; } = [Since, Until, User, Model, Project];

    /// <summary>Nothing but the time.</summary>
    public static IReadOnlyList<Symbol> Times { get; } = [Since, Until];

    public static AuditFilter Read(CliCall call) => ReadRange(call) with
    {
        Status = call.Get(Status) is { } status && !Statuses.Contains(status)
            ? throw new CliException($"--status {status} is none of {string.Join(", ", Statuses)}", 2)
            : call.Get(Status),
    };

    public static AuditFilter ReadRange(CliCall call) => ReadTimes(call) with { User = call.Get(User), Model = call.Get(Model), Project = call.Get(Project) };

    public static AuditFilter ReadTimes(CliCall call)
    {
        var now = call.Composition.Clock.GetUtcNow();
        var filter = new AuditFilter
        {
            Since = CliTime.Read(Since.Name, call.Get(Since), now),
            Until = CliTime.Read(Until.Name, call.Get(Until), now),
        };
        return filter.Since < filter.Until || filter.Since is null || filter.Until is null
            ? filter
            : throw new CliException($"--since {call.Get(Since)} is not before --until {call.Get(Until)}", 2);
    }
}
