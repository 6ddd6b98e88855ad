using System.Diagnostics;
using System.Text.Json;

namespace Systemprompt.Clients.Tests;

/// <summary>Claude Code as it comes from npm, in a home folder that knows nothing.</summary>
internal sealed class ClaudeCode : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("claude-");

    /// <summary>Where it listens to a gateway.</summary>
    public required string Url { get; init; }

    /// <summary>The token for the model door.</summary>
    public string? Token { get; init; }

    /// <summary>The token that the plugin's hooks send; null leaves the variable unset.</summary>
    public string? HookToken { get; init; }

    /// <summary>Words before the command, such as <c>nsenter …</c>.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>Its home and working folder.</summary>
    public string Home => _home.FullName;

    public bool Made(string file) => File.Exists(Path.Combine(Home, file));

    /// <summary>Asks a model once, every tool permitted on this side. <c>/tool NAME {json}</c> makes the echo model call a tool.</summary>
    public async Task<ClaudeAnswer> AskAsync(string prompt, string? plugin = null, string model = "echo")
    {
        string[] line = ["--model", model, "--output-format", "json", "--dangerously-skip-permissions", "-p", prompt];
        var run = await RunAsync(plugin is null ? line : ["--plugin-dir", plugin, .. line]);
        return new ClaudeAnswer(run, JsonElement.Parse(run.Output));
    }

    public Task<CommandRun> RunAsync(params string[] arguments)
    {
        string[] line = [.. Launcher, Repository.NodeModule(".bin/claude"), .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = Home };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["HOME"] = Home;
        start.Environment["IS_SANDBOX"] = "1";
        start.Environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1";
        start.Environment["ANTHROPIC_BASE_URL"] = Url;
        if (Token is not null) start.Environment["ANTHROPIC_AUTH_TOKEN"] = Token;
        if (HookToken is not null) start.Environment["SYSTEMPROMPT_TOKEN"] = HookToken;
        return CommandRun.OfAsync(start);
    }

    public void Dispose() => _home.Delete(recursive: true);
}

/// <summary>What it printed.</summary>
internal sealed record ClaudeAnswer(CommandRun Run, JsonElement Json)
{
    public string Result => Json.GetProperty("result").GetString()!;

    public string SessionId => Json.GetProperty("session_id").GetString()!;

    public bool IsError => Json.GetProperty("is_error").GetBoolean();

    public int? ApiStatus => Json.TryGetProperty("api_error_status", out var status) && status.ValueKind == JsonValueKind.Number ? status.GetInt32() : null;
}
