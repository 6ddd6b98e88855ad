using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Audit.Evidence;

/// <summary><c>infra audit evidence</c>: what somebody, a session, a tool or a model did, what was decided, what it cost, and where that stands in the chains.</summary>
internal static class EvidenceCommand
{
    private const int MostListed = 10_000;

    private static readonly Option<string?> Session = new("--session") { Description = "Only this session of a client." };
    private static readonly Option<string?> Tool = new("--tool") { Description = "Only this tool, such as Bash or mcp__server__tool: hook events about it, and model calls whose conversation says that it ran." };
    private static readonly Option<string?> ToolUse = new("--tool-use") { Description = "Only this call of a tool, by the client's id of it such as toolu_01A: its hook events, and the model calls that brought its result." };
    private static readonly Option<string?> Agent = new("--agent") { Description = "Only model calls of this AI client, by the beginning of its name such as claude-cli." };
    private static readonly Option<bool> Csv = new("--csv") { Description = "Prints comma-separated values (RFC 4180), a header first." };
    private static readonly Option<int?> Limit = new("--limit") { Description = $"How many at most: {MostListed} in a table, which is also its default; without limit as CSV or JSON." };

    public static void Map(CommandMap commands) =>
        commands.Map(
            "infra audit evidence", "Lists model calls, decisions and hook events as one line of time, with their rows' places in the hash chains; oldest first.",
            "infra audit evidence --user alice --since 7d", [.. AuditFilterOptions.Range, Session, Tool, ToolUse, Agent, Limit, Csv], RunAsync);

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (csv, limit) = (call.Get(Csv), call.Get(Limit));
        if (csv && call.Output.IsJson) throw new CliException("--csv and --json are two answers; give one", 2);
        var streamed = csv || call.Output.IsJson;
        if (limit is < 1 || (!streamed && limit > MostListed)) throw new CliException($"--limit {limit} is not from 1 to {MostListed}; --json and --csv go beyond", 2);
        var filter = AuditFilterOptions.ReadRange(call) with
        {
            Session = call.Get(Session),
            Tool = call.Get(Tool),
            ToolUse = call.Get(ToolUse),
            NewestFirst = false,
            Limit = streamed ? limit : limit ?? MostListed,
        };
        var entries = (await call.ServicesAsync(cancellationToken)).GetRequiredService<EvidenceReader>().ReadAsync(filter, call.Get(Agent), cancellationToken);
        if (call.Output.IsJson) await call.Output.StreamAsync(entries.Select(entry => entry.ToJson()));
        else if (csv) await LinesAsync(call.Output, entries);
        else await TableAsync(call.Output, entries, filter.Limit!.Value);
        return 0;
    }

    private static async Task LinesAsync(CliOutput output, IAsyncEnumerable<EvidenceEntry> entries)
    {
        output.Line(CsvText.Line(EvidenceEntry.Columns));
        await foreach (var entry in entries) output.Line(CsvText.Line(entry.ToCells()));
    }

    private static async Task TableAsync(CliOutput output, IAsyncEnumerable<EvidenceEntry> entries, int limit)
    {
        var listed = new List<EvidenceEntry>();
        await foreach (var entry in entries) listed.Add(entry);
        if (listed.Count == 0) output.Notice("nothing matches");
        if (listed.Count == limit) output.Notice($"these are the first {limit}; narrow the range, or take --csv or --json, which have no limit");
        output.List(
            listed,
            ("time", entry => entry.Entry.At),
            ("id", entry => entry.Entry.Id),
            ("what", entry => entry.Entry.Kind == "model_call" ? $"call of {entry.Entry.Model}" : entry.Entry.Summary),
            ("user", entry => entry.Entry.UserId),
            ("session", entry => entry.Session),
            ("decided", entry => entry.Policy is { } policy ? $"{entry.Decision} by {policy}" : entry.Decision),
            ("status", entry => entry.Entry.Status),
            ("tokens", entry => entry.Input is { } input ? $"{input}/{entry.Output}" : ""),
            ("cost", entry => AuditEntryText.Cost(entry.Entry)),
            ("chain", entry => string.Join(' ', entry.Rows.Select(row => $"{row.Seq}:{row.Hash[..8]}"))));
    }
}
