using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary><c>analytics reconcile</c>: a provider's export beside what the trail says.</summary>
internal static class ReconcileCommand
{
    private static readonly Argument<string> File = new("file") { Description = "The provider's export as CSV: Anthropic's usage or cost, OpenAI's usage or cost, or day, model and figures; - is standard input. docs/costs.md names the columns." };
    private static readonly Option<string> Provider = new("--provider") { Description = "The provider as the profile names it (ai.providers).", Required = true };
    private static readonly Option<string?> Since = new("--since") { Description = "The first day (UTC), such as 2026-01-01 or 30d ago; the file's first by default." };
    private static readonly Option<string?> Until = new("--until") { Description = "The day after the last, written in the same ways; that after the file's last by default." };
    private static readonly Option<string> Tolerance = new("--tolerance") { Description = "How much the two figures of a day and model may differ, as a part of the larger.", DefaultValueFactory = static _ => "1%" };
    private static readonly Option<bool> All = new("--all") { Description = "Prints what agrees too." };

    public static void Map(CommandMap commands) => commands.Map(
        "analytics reconcile", "Compares a provider's export with the calls that went to it, by day and model. Exit code 0 when they agree, 1 when not, 2 when the file cannot be read.",
        "analytics reconcile usage.csv --provider anthropic", [File, Provider, Since, Until, Tolerance, All], RunAsync);

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (file, tolerance, now) = (call.Get(File)!, ToleranceOf(call.Get(Tolerance)!), call.Composition.Clock.GetUtcNow());
        var (from, until) = (Day(CliTime.Read(Since.Name, call.Get(Since), now)), Day(CliTime.Read(Until.Name, call.Get(Until), now)));
        var desk = (await call.ServicesAsync(cancellationToken)).GetRequiredService<ReconcileDesk>();
        try
        {
            await using var stream = file == "-" ? Console.OpenStandardInput() : System.IO.File.OpenRead(file);
            var result = await desk.MakeAsync(stream, file == "-" ? "standard input" : file, call.Get(Provider)!, from, until, tolerance, cancellationToken);
            if (call.Output.IsJson) call.Output.Document(result.ToJson());
            else Print(call.Output, result, call.Get(All));
            return result.Agrees ? 0 : 1;
        }
        catch (ExportException fault)
        {
            throw new CliException(fault.Message, 2);
        }
        catch (ReportException fault)
        {
            throw new CliException(fault.Field == "report" ? fault.Message : $"--{fault.Field}: {fault.Message}", 2);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{file} cannot be read: {fault.Message}", 2);
        }
    }

    private static void Print(CliOutput output, Reconciliation result, bool all)
    {
        output.Line($"{char.ToUpperInvariant(result.Format.Title[0])}{result.Format.Title[1..]} export beside calls to {result.Provider}, {Reconciliation.Text(result.From)} to {Reconciliation.Text(result.Until.AddDays(-1))} UTC, tolerance {Percent(result.Tolerance)}");
        var lines = new List<ShownFigure>();
        foreach (var line in result.Lines)
            foreach (var figure in result.Figures)
                if (all || !line.IsWithin(figure, result.Tolerance)) lines.Add(ShownFigure.Of(Reconciliation.Text(line.Day), line.Model, line, figure));
        foreach (var figure in result.Figures) lines.Add(ShownFigure.Of("total", "", result.Total, figure));
        output.List(
            lines,
            ("day", line => line.Day), ("model", line => line.Model), ("figure", line => line.Figure), ("theirs", line => line.Theirs), ("ours", line => line.Ours), ("difference", line => line.Difference), ("of", line => line.Part),
            ("calls", line => line.Calls), ("", line => line.Where));
        output.Line(Verdict(result));
        if (result.Total.UsageUnknown > 0 || result.Total.CostUnknown > 0)
            output.Notice($"of {result.Total.UsageUnknown} calls of ours nobody knows what they took, of {result.Total.CostUnknown} what they cost: they are not in these figures");
        if (result.Others.Count > 0) output.Notice($"no call of these days went to a provider '{result.Provider}'; calls went to {string.Join(", ", result.Others)}");
        if (result.Outside > 0) output.Notice($"{result.Outside} lines of the file are of other days");
    }

    private static string Verdict(Reconciliation result)
    {
        var apart = result.Lines.Count(line => !line.Agrees);
        return apart == 0
            ? $"they agree in all {result.Lines.Count} days and models"
            : $"they differ in {apart} of {result.Lines.Count} days and models: {result.Lines.Count(line => !line.Agrees && line.Where == "theirs")} only theirs, {result.Lines.Count(line => !line.Agrees && line.Where == "ours")} only ours";
    }

    private static decimal ToleranceOf(string text) =>
        text.EndsWith('%') && decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100
            ? percent / 100
            : throw new CliException($"{Tolerance.Name} {text} is no part such as 1% or 0.5%", 2);

    private static DateOnly? Day(DateTimeOffset? time) => time is { } moment ? DateOnly.FromDateTime(moment.UtcDateTime) : null;

    internal static string Percent(decimal part) => (part * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}

/// <summary>One figure of a day and model on a terminal.</summary>
internal sealed record ShownFigure(string Day, string Model, string Figure, string Theirs, string Ours, string Difference, string Part, string Calls, string Where)
{
    public static ShownFigure Of(string day, string model, ReconciledLine line, UsageFigure figure)
    {
        var unit = figure == UsageFigure.Cost ? FactUnit.Microdollars : FactUnit.Count;
        var difference = line.Difference(figure);
        return new ShownFigure(
            day, model, figure.Title(), line.IsTheirs ? ReportText.Number(unit, line.TheirsOf(figure)) : "", line.IsOurs ? ReportText.Number(unit, line.OursOf(figure)) : "",
            $"{(difference < 0 ? "-" : difference > 0 ? "+" : "")}{ReportText.Number(unit, Math.Abs(difference))}", ReconcileCommand.Percent(line.Part(figure)), line.Calls.ToString("#,0", CultureInfo.InvariantCulture),
            line.Where switch { "theirs" => "only theirs", "ours" => "only ours", _ => "" });
    }
}
