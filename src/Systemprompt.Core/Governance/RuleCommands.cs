using System.CommandLine;
using Systemprompt.Cli;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance;

/// <summary><c>governance rules list|test</c>: the kinds of credentials that are known. Needs no database.</summary>
internal static class RuleCommands
{
    // More in one file is no file that somebody tests.
    private const int MostFound = 10_000;

    private static readonly Argument<string> File = new("file") { Description = "The file to search; - is standard input." };

    public static void Map(CommandMap commands)
    {
        commands.Map("governance rules list", "Lists the kinds of credentials that the secret scan knows.", "governance rules list", [], ListAsync);
        commands.Map("governance rules test", "Searches a file for credentials as the secret scan does: says kind and place, never the text. Exit code 1 when there is one.", "governance rules test notes.txt", [File], TestAsync);
    }

    private static Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var disabled = call.Profile.Section<GovernanceSettings>().SecretScan.Disabled;
        var rows = SecretRules.All.GroupBy(rule => rule.Id, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new RuleLine(group.Key, group.First().What, !disabled.Contains(group.Key))).ToList();
        call.Output.List(rows, ("rule", row => row.Id), ("what", row => row.What), ("on", row => row.On));
        return Task.FromResult(0);
    }

    private static async Task<int> TestAsync(CliCall call, CancellationToken cancellationToken)
    {
        var text = await CliInput.ReadAsync(call.Get(File)!, cancellationToken);
        var disabled = call.Profile.Section<GovernanceSettings>().SecretScan.Disabled;
        var scanner = SecretScanner.Without(disabled);
        var found = new List<FoundLine>();
        for (var from = 0; from < text.Length && found.Count < MostFound && scanner.Find(text, from, out _) is { } hit; from = hit.Start + hit.Length)
        {
            var before = text.AsSpan(0, hit.Start);
            found.Add(new FoundLine(hit.Rule, before.Count('\n') + 1, hit.Start - before.LastIndexOf('\n'), hit.Length));
        }

        if (found.Count == 0) call.Output.Notice("no credential was found");
        call.Output.List(found, ("rule", row => row.Rule), ("line", row => row.Line), ("column", row => row.Column), ("length", row => row.Length));
        return found.Count == 0 ? 0 : 1;
    }
}

/// <summary>One line of <c>governance rules list</c>.</summary>
internal sealed record RuleLine(string Id, string What, bool On);

/// <summary>One line of <c>governance rules test</c>.</summary>
internal sealed record FoundLine(string Rule, int Line, int Column, int Length);
