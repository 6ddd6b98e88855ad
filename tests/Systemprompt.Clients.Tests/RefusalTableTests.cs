using System.Text.RegularExpressions;

namespace Systemprompt.Clients.Tests;

/// <summary>The table of docs/refusals.md, measured: what each client makes of a call that a policy refuses for good, and of one beyond a budget.</summary>
public sealed partial class RefusalTableTests(Gateway gateway) : IClassFixture<Gateway>
{
    // Put together here, so that no scanner takes this file for a leak.
    private const string Secret = "use " + "AKIA" + "Q3EGVU7DXYSHJ2LM";

    [Fact]
    public async Task Every_row_of_the_table_is_as_measured()
    {
        var rows = Row().Matches(await File.ReadAllTextAsync(Repository.InRoot("docs", "refusals.md")));
        rows.Count.ShouldBe(18);
        await SpendAsync(rows.Where(row => row.Groups["by"].Value == "budget").Select(UserOf));
        var measured = new List<string>();
        var answers = false;
        foreach (Match row in rows)
        {
            // From here on the request may carry it, and the model writes it.
            if (row.Groups["by"].Value == "answer" && !answers) answers = await LetRequestsPassAsync();
            var (client, route, by, user) = (row.Groups["client"].Value, row.Groups["route"].Value, row.Groups["by"].Value, UserOf(row));
            var shown = await AskAsync(client, route, user, by == "budget" ? "say kiwi" : Secret);
            var calls = await gateway.CallsOfAsync(user);
            var sentence = by == "budget" ? "budget spent" : by == "answer" ? "stands in the answer" : "refused by policy secret_scan";
            measured.Add($"{row.Groups["head"].Value}{string.Join(" and ", calls.Distinct()).Replace("refused ", "", StringComparison.Ordinal)} | {calls.Count} | {(shown.Contains(sentence, StringComparison.Ordinal) ? "yes" : "no")} |");
        }

        measured.ShouldBe(rows.Select(row => row.Value));
    }

    [Fact]
    public void The_versions_are_those_that_are_installed()
    {
        var text = File.ReadAllText(Repository.InRoot("docs", "refusals.md"));
        var pinned = File.ReadAllText(Repository.InRoot("eng", "clients", "package.json"));
        foreach (var (client, package) in new[] { ("Claude Code", "@anthropic-ai/claude-code"), ("Pi", "@earendil-works/pi-coding-agent"), ("`openai`", "openai"), ("Codex", "@openai/codex") })
        {
            var version = Regex.Match(pinned, $"\"{Regex.Escape(package)}\": \"([0-9.]+)\"").Groups[1].Value;
            text.ShouldContain($"| {client} {version} |");
        }
    }

    private static string UserOf(Match row) => $"refused-{row.Groups["by"].Value}-{row.Groups["client"].Value}-{row.Groups["route"].Value}".Replace('/', '-').Replace(' ', '-');

    /// <summary>Gives each of them a budget that no call fits into, and waits until the server has heard of it.</summary>
    private async Task SpendAsync(IEnumerable<string> users)
    {
        (await gateway.Host.RunAsync(["admin", "budgets", "set", "spent", "--per", "user", "--window", "month", "--tokens", "1", "--of", "probe", .. users])).Succeeded();
        using var probe = await gateway.Host.ClientForAsync("probe");
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await PublishedHost.AskAsync(probe);
            if ((int)answer.StatusCode == 429) return;
            TimeProvider.System.GetElapsedTime(until).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>Lets credentials in requests pass, so that echo answers with them, and waits until the server has heard of it.</summary>
    private async Task<bool> LetRequestsPassAsync()
    {
        (await gateway.Host.RunAsync("admin", "config", "set", "governance.secret_scan.action", "warn")).Succeeded();
        using var probe = await gateway.Host.ClientForAsync("prober");
        var from = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await PublishedHost.AskAsync(probe, Secret);
            if ((await answer.Content.ReadAsStringAsync()).Contains("stands in the answer", StringComparison.Ordinal)) return true;
            TimeProvider.System.GetElapsedTime(from).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        }
    }

    private async Task<string> AskAsync(string client, string route, string user, string prompt)
    {
        var token = await gateway.Host.TokenAsync(subject: user);
        using var node = new NodeClients { Url = gateway.Url, Token = token };
        switch (client)
        {
            case "Claude Code":
                using (var claude = new ClaudeCode { Url = gateway.Url, Token = token }) return (await claude.AskAsync(prompt)).Result;
            case "Pi":
                var pi = await node.PiAsync(route == "/v1/messages" ? "anthropic-messages" : "openai-completions", prompt);
                return pi.Output + pi.Error;
            case "Codex":
                return (await node.CodexAsync(prompt)).Output;
            default:
                return (await node.OpenAiAsync(route == "/v1/responses" ? "responses" : "chat", prompt)).GetRawText();
        }
    }

    [GeneratedRegex(@"^(?<head>\| `?(?<client>[A-Za-z ]+?)`? [0-9.]+ \| `(?<route>[^`]+)` \| (?<by>policy|budget|answer) \| )[0-9 and]+ \| \d+ \| (yes|no) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
