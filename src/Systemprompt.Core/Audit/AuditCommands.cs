using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Audit.Bodies;
using Systemprompt.Audit.Evidence;
using Systemprompt.Audit.Journal;
using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary><c>infra audit list|show|export|evidence|verify|journal|body</c>: the audit trail of every room as one, and whether it is as it was written.</summary>
internal static class AuditCommands
{
    private const int MostListed = 10_000;

    private static readonly Option<int> Limit = new("--limit") { Description = $"How many at most, up to {MostListed}.", DefaultValueFactory = static _ => 20 };
    private static readonly Argument<string> Id = new("id") { Description = "The entry's id: what the answer said in x-audit-id." };

    public static void Map(CommandMap commands)
    {
        commands.Map("infra audit list", "Lists model calls and hook decisions, newest first.", "infra audit list --since 1h --status refused", [.. AuditFilterOptions.All, Limit], ListAsync);
        commands.Map("infra audit show", "Shows everything recorded of one call or decision.", "infra audit show 01981f2e-7a34-7c61-9d53-0a4f4be1c2d3 --json", [Id], ShowAsync);
        commands.Map("infra audit export", "Gives out every entry of a range, oldest first, or with --proof its rows and all that verifies them; holds none of it in memory.",
            "infra audit export --json --since 24h", [.. AuditFilterOptions.All, ExportCommand.Proof, ExportCommand.Format, ExportCommand.To], ExportCommand.RunAsync);
        EvidenceCommand.Map(commands);
        ChainCommand.Map(commands);
        JournalCommand.Map(commands);
        BodyCommand.Map(commands);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var limit = call.Get(Limit);
        if (limit is < 1 or > MostListed) throw new CliException($"--limit {limit} is not from 1 to {MostListed}; 'infra audit export' has no limit", 2);
        var filter = AuditFilterOptions.Read(call) with { Limit = limit };
        var entries = new List<AuditEntry>();
        await foreach (var entry in AuditMerge.ReadAsync(await SourcesAsync(call, cancellationToken), filter, cancellationToken)) entries.Add(entry);
        if (call.Output.IsJson)
        {
            call.Output.Document(entries.ConvertAll(AuditEntryText.ToJson));
            return 0;
        }

        if (entries.Count == 0) call.Output.Notice("no entries match");
        call.Output.List(
            entries,
            ("time", entry => entry.At),
            ("id", entry => entry.Id),
            ("kind", entry => entry.Kind),
            ("user", entry => entry.UserId),
            ("model", entry => entry.Model),
            ("status", entry => entry.Status),
            ("detail", AuditEntryText.Gist),
            ("cost", AuditEntryText.Cost));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var id = ReadId("id", call.Get(Id)!);
        foreach (var source in await SourcesAsync(call, cancellationToken))
        {
            if (await source.FindAsync(id, cancellationToken) is not { } entry) continue;
            Show(call.Output, entry);
            return 0;
        }

        throw new CliException($"there is no audit entry {id}; 'infra audit list' shows the newest");
    }

    private static void Show(CliOutput output, AuditEntry entry)
    {
        var json = AuditEntryText.ToJson(entry);
        output.Item(json, [.. json.Select(member => (member.Key, (Func<JsonObject, object?>)(_ => AuditEntryText.Line(member.Value))))]);
    }

    internal static async Task<IEnumerable<IAuditSource>> SourcesAsync(CliCall call, CancellationToken cancellationToken) =>
        (await call.ServicesAsync(cancellationToken)).GetServices<IAuditSource>();

    /// <summary>An id from the command line.</summary>
    internal static Guid ReadId(string name, string text) =>
        Guid.TryParseExact(text, "D", out var id) ? id : throw new CliException($"{name} {text} is not an id such as 01981f2e-7a34-7c61-9d53-0a4f4be1c2d3", 2);
}
