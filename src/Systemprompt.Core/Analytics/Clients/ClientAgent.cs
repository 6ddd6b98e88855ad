using System.Text.RegularExpressions;
using Systemprompt.Governance;

namespace Systemprompt.Analytics;

/// <summary>What calls: its name and version, as far as its user-agent tells, and what kind of bot it is when it is no person's browser.</summary>
internal sealed partial record ClientAgent(string? Name, string? Version, string? Bot)
{
    private const int Longest = 64;

    private static readonly (string Token, string Name)[] Browsers =
    [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Version/", "Safari"),
    ];

    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["claude-cli"] = "Claude Code",
        ["claude-code"] = "Claude Code",
        ["Anthropic/Python"] = "Anthropic SDK for Python",
        ["AsyncAnthropic/Python"] = "Anthropic SDK for Python",
        ["Anthropic/JS"] = "Anthropic SDK for TypeScript",
        ["Anthropic/C#"] = "Anthropic SDK for C#",
        ["Anthropic/Go"] = "Anthropic SDK for Go",
        ["Anthropic/Java"] = "Anthropic SDK for Java",
        ["OpenAI/Python"] = "OpenAI SDK for Python",
        ["AsyncOpenAI/Python"] = "OpenAI SDK for Python",
        ["OpenAI/JS"] = "OpenAI SDK for TypeScript",
    };

    private static readonly HashSet<string> BrowserNames = [.. Browsers.Select(static browser => browser.Name)];
    private static readonly HashSet<string> KnownNames = [.. Known.Values, "Mozilla"];

    /// <summary>
    /// What is noted of a caller without a token. Names and versions are told apart for years, and anybody could make up as many as they like:
    /// so only those that are known by name, and versions of browsers alone.
    /// </summary>
    public ClientAgent OfAnybody { get => field ??= Restrict(); } = null!;

    /// <summary>Reads a user-agent.</summary>
    public static ClientAgent Parse(string userAgent)
    {
        var text = userAgent.Trim();
        if (text.Length == 0) return new ClientAgent(null, null, KnownBots.Unnamed);
        var bot = KnownBots.Find(text);
        if (text.StartsWith("Mozilla/", StringComparison.Ordinal))
        {
            foreach (var (token, name) in Browsers)
                if (text.IndexOf(token, StringComparison.Ordinal) is >= 0 and var at) return new ClientAgent(bot ?? name, bot is null ? Major(text.AsSpan(at + token.Length)) : null, bot);
            return new ClientAgent(bot ?? "Mozilla", null, bot);
        }

        var match = Product().Match(text);
        if (!match.Success) return new ClientAgent(bot ?? "other", null, bot);
        var product = match.Groups["name"].Value;
        var version = match.Groups["version"] is { Success: true } found ? Short(found.Value) : null;
        return new ClientAgent(bot ?? Known.GetValueOrDefault(product) ?? Short(product), version, bot);
    }

    private ClientAgent Restrict()
    {
        if (Name is null || Bot is not null) return new ClientAgent(Name, null, Bot);
        if (!BrowserNames.Contains(Name)) return new ClientAgent(KnownNames.Contains(Name) ? Name : "other", null, null);
        return Version is { Length: <= 3 } && Version.All(char.IsAsciiDigit) ? this : new ClientAgent(Name, null, null);
    }

    private static string? Major(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var other ? other : rest.Length;
        return end is 0 or > 6 ? null : rest[..end].ToString();
    }

    private static string Short(string text) => text.Length <= Longest ? text : text[..Longest];

    // name/1.2.3, or Name/Language 1.2.3 as the SDKs write it.
    [GeneratedRegex(@"^(?<name>[^\s/(]+/[A-Za-z][^\s(]*)\s+(?<version>[0-9][^\s(,;]*)|^(?<name>[^\s/(]+)(/(?<version>v?[0-9][^\s(,;]*))?", RegexOptions.ExplicitCapture)]
    private static partial Regex Product();
}

/// <summary>User-agents that were read already. Bounded; for one thread.</summary>
internal sealed class ClientAgents
{
    private const int Most = 10_000;
    private readonly Dictionary<string, ClientAgent> _read = new(StringComparer.Ordinal);

    public ClientAgent Of(string userAgent)
    {
        if (_read.TryGetValue(userAgent, out var agent)) return agent;
        if (_read.Count >= Most) _read.Clear();
        return _read[userAgent] = ClientAgent.Parse(RecordedText.Of(userAgent)!);
    }
}
