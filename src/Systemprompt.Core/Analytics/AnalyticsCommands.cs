using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Analytics;

/// <summary><c>analytics overview|requests|costs|tools|agents|sessions|content|traffic|show|sources</c></summary>
internal static class AnalyticsCommands
{
    private static readonly Option<int?> Days = new("--days") { Description = "So many days up to now, today one of them; 7 unless --since says where to begin." };
    private static readonly Option<string?> Since = new("--since") { Description = "At or after: how long ago, such as 12h or 30d, or a time such as 2026-01-31T08:00Z (UTC unless it says otherwise)." };
    private static readonly Option<string?> Until = new("--until") { Description = "Before, written in the same ways." };
    private static readonly Option<string?> By = new("--by") { Description = "What a row stands for: day, or what the report can be told apart by; several with commas." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many rows at most, the largest first.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<bool> Bots = new("--bots") { Description = "Counts bots among visitors too." };
    private static readonly Option<bool> Csv = new("--csv") { Description = "Prints comma-separated values, as numbers, without trends." };
    private static readonly Argument<string> Source = new("source") { Description = "A source of figures, as 'analytics sources' lists them." };
    private static readonly Symbol[] Range = [Days, Since, Until];

    private static readonly Dictionary<string, string> Examples = new()
    {
        ["requests"] = "analytics requests --by route,status",
        ["costs"] = "analytics costs --by team --days 30",
        ["tools"] = "analytics tools --by tool,verdict",
        ["sessions"] = "analytics sessions --by kind,client",
        ["content"] = "analytics content --by referrer",
        ["traffic"] = "analytics traffic --days 14",
    };

    public static void Map(CommandMap commands)
    {
        commands.Map("analytics overview", "Everything at a glance: totals, change against the time before, trends.", "analytics overview --days 7", [.. Range, Bots, Csv], OverviewAsync);
        foreach (var spec in ReportSpec.All)
            commands.Map($"analytics {spec.Name}", spec.Description, Examples[spec.Name], spec.LeavesBotsOut ? [.. Range, By, Limit, Bots, Csv] : [.. Range, By, Limit, Csv], (call, token) => ReportAsync(call, (desk, request) => desk.MakeAsync(spec, request, token), token));
        commands.Map("analytics agents", "AI clients behind the calls: sessions, model calls, tool calls, cost.", "analytics agents --by client,user", [.. Range, By, Limit, Csv],
            (call, token) => ReportAsync(call, (desk, request) => desk.AgentsAsync(request, token), token));
        commands.Map("analytics show", "Figures of any source, those of your own extensions included.", "analytics show ai.calls --by status", [Source, .. Range, By, Limit, Csv],
            (call, token) => ReportAsync(call, (desk, request) => desk.ShowAsync(call.Get(Source)!, request, token), token));
        commands.Map("analytics sources", "Sources of figures, what they can be told apart by, and which days are summed up.", "analytics sources", [], SourcesAsync);
    }

    private static async Task<int> OverviewAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        return await SayingAsync(async () =>
        {
            var request = Request(call);
            var overview = await Overview.MakeAsync(services.GetRequiredService<FactCatalogue>(), services.GetRequiredService<FactStore>(), request, call.Composition.Clock.GetUtcNow(), cancellationToken);
            if (call.Get(Csv)) call.Output.Line(overview.ToCsv());
            else if (call.Output.IsJson) call.Output.Document(overview.ToJson());
            else ReportText.Print(call.Output, overview);
        });
    }

    private static async Task<int> ReportAsync(CliCall call, Func<ReportDesk, ReportRequest, Task<ReportTable>> make, CancellationToken cancellationToken)
    {
        var desk = (await call.ServicesAsync(cancellationToken)).GetRequiredService<ReportDesk>();
        return await SayingAsync(async () =>
        {
            var request = Request(call) with { By = ReportRequest.Names(call.Get(By)), Limit = call.Get(Limit) };
            var report = await make(desk, request);
            if (call.Get(Csv)) call.Output.Line(report.ToCsv());
            else if (call.Output.IsJson) call.Output.Document(report.ToJson());
            else ReportText.Print(call.Output, report);
        });
    }

    private static async Task<int> SourcesAsync(CliCall call, CancellationToken cancellationToken)
    {
        var sources = await SourceView.AllAsync(await call.ServicesAsync(cancellationToken), cancellationToken);
        call.Output.List(sources, ("source", row => row.Name), ("by", row => string.Join(" ", row.Dimensions)), ("first day", row => row.FirstDay), ("last day", row => row.LastDay));
        return 0;
    }

    private static ReportRequest Request(CliCall call)
    {
        if (call.Get(Csv) && call.Output.IsJson) throw new CliException("--csv and --json are two answers; give one", 2);
        var now = call.Composition.Clock.GetUtcNow();
        return new ReportRequest { Since = CliTime.Read(Since.Name, call.Get(Since), now), Until = CliTime.Read(Until.Name, call.Get(Until), now), Days = call.Get(Days), Bots = call.Get(Bots) };
    }

    private static async Task<int> SayingAsync(Func<Task> make)
    {
        try
        {
            await make();
            return 0;
        }
        catch (ReportException fault)
        {
            throw new CliException(fault.Field is "source" or "report" ? fault.Message : $"--{fault.Field}: {fault.Message}", 2);
        }
    }
}
