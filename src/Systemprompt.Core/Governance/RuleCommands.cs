using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Governance.Secrets;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary><c>governance rules list|test</c>: the kinds of credentials that are known, as the settings are now.</summary>
internal static class RuleCommands
{
    // More in one file is no file that somebody tests.
    private const int MostFound = 10_000;

    private static readonly Argument<string> File = new("file") { Description = "The file to search; - is standard input." };
    private static readonly Option<bool> Offline = new("--offline") { Description = "Only what the profile says, without what was set live; needs no database." };

    public static void Map(CommandMap commands)
    {
        commands.Map("governance rules list", "Lists the kinds of credentials that the secret scan knows.", "governance rules list", [Offline], ListAsync);
        commands.Map("governance rules test", "Searches a file for credentials as the secret scan does: says kind and place, never the text. Exit code 1 when there is one.", "governance rules test notes.txt", [File, Offline], TestAsync);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = RuleLine.All(await DisabledAsync(call, cancellationToken));
        call.Output.List(rows, ("rule", row => row.Id), ("what", row => row.What), ("on", row => row.On));
        return 0;
    }

    private static async Task<int> TestAsync(CliCall call, CancellationToken cancellationToken)
    {
        var text = await CliInput.ReadAsync(call.Get(File)!, cancellationToken);
        var scanner = SecretScanner.Without(await DisabledAsync(call, cancellationToken));
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

    /// <summary>The rules that are left out now; with <c>--offline</c> those of the command's profile.</summary>
    private static async Task<IReadOnlyList<string>> DisabledAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(Offline)) return call.Profile.Section<GovernanceSettings>().SecretScan.Disabled;
        var services = await call.ServicesAsync(cancellationToken);
        await services.GetRequiredService<ILiveReader>().ReadAsync(cancellationToken);
        return services.GetRequiredService<ILive<GovernanceSettings>>().Value.SecretScan.Disabled;
    }
}

/// <summary>One kind of credential, as <c>governance rules list</c> and <c>GET /api/v1/governance/rules</c> show it.</summary>
internal sealed record RuleLine(string Id, string What, bool On)
{
    /// <summary>Every kind that is known; those that are left out are off.</summary>
    public static IReadOnlyList<RuleLine> All(IReadOnlyList<string> disabled) =>
    [
        .. SecretRules.All.GroupBy(rule => rule.Id, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new RuleLine(group.Key, group.First().What, !disabled.Contains(group.Key))),
    ];
}

/// <summary>One line of <c>governance rules test</c>.</summary>
internal sealed record FoundLine(string Rule, int Line, int Column, int Length);
