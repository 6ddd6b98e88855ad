using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Logging;

/// <summary><c>infra logs view|tail|search|export|stats</c></summary>
internal static class LoggingCommands
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>A line may come into the table a little after another that is younger.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);

    private static readonly Option<string> Level = new("--level") { Description = $"The least severe: {string.Join(", ", LogView.Levels)}.", DefaultValueFactory = static _ => "trace" };
    private static readonly Option<string?> Since = new("--since") { Description = "At or after: how long ago, such as 1h or 7d, or a time such as 2026-01-31T08:00Z (UTC unless it says otherwise)." };
    private static readonly Option<string?> Until = new("--until") { Description = "Before, written in the same ways." };
    private static readonly Option<string?> User = new("--user") { Description = "Only lines of requests of this user." };
    private static readonly Option<string?> Session = new("--session") { Description = "Only lines of requests of this session." };
    private static readonly Option<string?> Trace = new("--trace") { Description = "Only lines of the request with this trace id: what an answer said in x-trace-id." };
    private static readonly Option<string?> Room = new("--room") { Description = "Only lines of this part of the product, such as audit." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, up to 10000.", DefaultValueFactory = static _ => 50 };
    private static readonly Argument<string> Text = new("text") { Description = "Part of a message or an error, in any case." };
    private static readonly Symbol[] Filters = [Level, Since, Until, User, Session, Trace, Room];

    public static void Map(CommandMap commands)
    {
        commands.Map("infra logs view", "Shows log lines of every replica, newest first.", "infra logs view --level warning --since 1h", [.. Filters, Limit], (call, token) => ListAsync(call, null, token));
        commands.Map("infra logs search", "Shows log lines that hold a text.", "infra logs search 'timed out' --since 1d", [Text, .. Filters, Limit], (call, token) => ListAsync(call, call.Get(Text), token));
        commands.Map("infra logs tail", "Prints log lines as they come, until Ctrl-C.", "infra logs tail --level error", Filters, TailAsync);
        commands.Map("infra logs export", "Prints every line of a range, oldest first, as one JSON array; holds none of it in memory.", "infra logs export --json --since 24h", Filters, ExportAsync);
        commands.Map("infra logs stats", "Counts lines by room and level, and those that were dropped.", "infra logs stats --since 1d", Filters, StatsAsync);
    }

    private static async Task<int> ListAsync(CliCall call, string? text, CancellationToken cancellationToken)
    {
        if (call.Get(Limit) is < 1 or > 10_000) throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 10000; 'infra logs export' has no limit", 2);
        var lines = (await (await StoreAsync(call, cancellationToken)).ListAsync(Filter(call) with { Text = text }, call.Get(Limit), cancellationToken)).Select(LogView.Of).ToList();
        if (lines.Count == 0 && !call.Output.IsJson) call.Output.Notice("no lines match");
        if (call.Output.IsJson) call.Output.Document(lines);
        else lines.ForEach(line => Print(call, line));
        return 0;
    }

    private static async Task<int> TailAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (store, filter, clock) = (await StoreAsync(call, cancellationToken), Filter(call), call.Composition.Clock);
        var seen = new Dictionary<(string, long), DateTime>();
        var from = filter.Since ?? clock.GetUtcNow();
        while (!cancellationToken.IsCancellationRequested)
        {
            var begin = from - Overlap is var early && filter.Since is { } since && early < since ? since : early;
            await foreach (var row in store.ReadAsync(filter with { Since = begin }, cancellationToken))
            {
                if (row.At < from.UtcDateTime - Overlap || !seen.TryAdd((row.Instance, row.Seq), row.At)) continue;
                if (call.Output.IsJson) call.Output.Line(System.Text.Json.JsonSerializer.Serialize(LogView.Of(row), System.Text.Json.JsonSerializerOptions.Web));
                else Print(call, LogView.Of(row));
                if (row.At > from.UtcDateTime) from = new DateTimeOffset(row.At, TimeSpan.Zero);
            }

            foreach (var (line, at) in seen.ToList())
                if (at < from.UtcDateTime - Overlap * 2) seen.Remove(line);
            await Task.Delay(Look, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    private static async Task<int> ExportAsync(CliCall call, CancellationToken cancellationToken)
    {
        await call.Output.StreamAsync(Views(await StoreAsync(call, cancellationToken), Filter(call), cancellationToken));
        return 0;
    }

    private static async Task<int> StatsAsync(CliCall call, CancellationToken cancellationToken)
    {
        var counts = await (await StoreAsync(call, cancellationToken)).CountAsync(Filter(call), cancellationToken);
        call.Output.List(
            counts.Select(count => new { count.Room, Level = LogView.Levels[count.Level], count.Lines, count.Last, Dropped = (long)count.Dropped }).ToList(),
            ("room", row => row.Room), ("level", row => row.Level), ("lines", row => row.Lines), ("last", row => row.Last), ("dropped", row => row.Dropped == 0 ? null : row.Dropped));
        return 0;
    }

    private static async IAsyncEnumerable<LogView> Views(LogStore store, LogFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in store.ReadAsync(filter, cancellationToken)) yield return LogView.Of(row);
    }

    private static void Print(CliCall call, LogView line)
    {
        call.Output.Line(CliOutput.Visible($"{line.At:yyyy-MM-dd HH:mm:ss.fff}Z {line.Level,-8} {line.Room}: {line.Message}{(line.Trace is { } trace ? $"  trace {trace}" : "")}{(line.User is { } user ? $"  user {user}" : "")}"));
        if (line.Error is { } error) call.Output.Line($"    {CliOutput.Visible(error.Split('\n')[0])}");
    }

    private static LogFilter Filter(CliCall call)
    {
        var now = call.Composition.Clock.GetUtcNow();
        return new LogFilter
        {
            Level = LogView.LevelOf(call.Get(Level)!) ?? throw new CliException($"--level {call.Get(Level)} is none of {string.Join(", ", LogView.Levels)}", 2),
            Since = CliTime.Read(Since.Name, call.Get(Since), now),
            Until = CliTime.Read(Until.Name, call.Get(Until), now),
            Login = call.Get(User),
            Session = call.Get(Session),
            Trace = call.Get(Trace),
            Room = call.Get(Room),
        };
    }

    private static async Task<LogStore> StoreAsync(CliCall call, CancellationToken cancellationToken) => (await call.ServicesAsync(cancellationToken)).GetRequiredService<LogStore>();
}
