using System.Text.RegularExpressions;

namespace Systemprompt.Clients.Tests;

/// <summary>The table of docs/refusals.md, measured: what each client makes of a call that a policy refuses for good.</summary>
public sealed partial class RefusalTableTests(Gateway gateway) : IClassFixture<Gateway>
{
    // Put together here, so that no scanner takes this file for a leak.
    private const string Prompt = "use " + "AKIA" + "Q3EGVU7DXYSHJ2LM";
    private const string Sentence = "refused by policy secret_scan";

    [Fact]
    public async Task Every_row_of_the_table_is_as_measured()
    {
        var rows = Row().Matches(await File.ReadAllTextAsync(Repository.InRoot("docs", "refusals.md")));
        rows.Count.ShouldBe(6);
        foreach (Match row in rows)
        {
            var (client, route) = (row.Groups["client"].Value, row.Groups["route"].Value);
            var user = $"refused-{client}-{route}".Replace('/', '-').Replace(' ', '-');

            var shown = await AskAsync(client, route, user);

            var calls = await gateway.CallsOfAsync(user);
            calls.ShouldAllBe(call => call == $"refused {row.Groups["status"].Value}", row.Value);
            calls.Count.ToString().ShouldBe(row.Groups["requests"].Value, row.Value);
            (shown.Contains(Sentence, StringComparison.Ordinal) ? "yes" : "no").ShouldBe(row.Groups["shown"].Value, $"{row.Value}: {shown}");
        }
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

    private async Task<string> AskAsync(string client, string route, string user)
    {
        var token = await gateway.Host.TokenAsync(subject: user);
        using var node = new NodeClients { Url = gateway.Url, Token = token };
        switch (client)
        {
            case "Claude Code":
                using (var claude = new ClaudeCode { Url = gateway.Url, Token = token }) return (await claude.AskAsync(Prompt)).Result;
            case "Pi":
                var pi = await node.PiAsync(route == "/v1/messages" ? "anthropic-messages" : "openai-completions", Prompt);
                return pi.Output + pi.Error;
            case "Codex":
                return (await node.CodexAsync(Prompt)).Output;
            default:
                return (await node.OpenAiAsync(route == "/v1/responses" ? "responses" : "chat", Prompt)).GetRawText();
        }
    }

    [GeneratedRegex(@"^\| `?(?<client>[A-Za-z ]+?)`? [0-9.]+ \| `(?<route>[^`]+)` \| (?<status>\d+) \| (?<requests>\d+) \| (?<shown>yes|no) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
