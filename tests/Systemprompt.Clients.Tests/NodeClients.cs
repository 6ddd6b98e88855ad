using System.Diagnostics;
using System.Text.Json;

namespace Systemprompt.Clients.Tests;

/// <summary>Clients that run on Node, as they come from npm, in a home folder that knows nothing.</summary>
internal sealed class NodeClients : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("node-client-");

    public required string Url { get; init; }

    public required string Token { get; init; }

    public bool Made(string file) => File.Exists(Path.Combine(_home.FullName, file));

    /// <summary>OpenAI's library, by <c>Scripts/openai.mjs</c>: what each step came to.</summary>
    public async Task<JsonElement> OpenAiAsync(string? steps = null, string? prompt = null)
    {
        var variables = new Dictionary<string, string> { ["BASE_URL"] = $"{Url}/v1", ["TOKEN"] = Token };
        if (steps is not null) variables["STEPS"] = steps;
        if (prompt is not null) variables["PROMPT"] = prompt;
        var run = await RunAsync(variables, Repository.NodeModule("node/bin/node"), Repository.InRoot("tests", "Systemprompt.Clients.Tests", "Scripts", "openai.mjs"));
        run.ExitCode.ShouldBe(0, run.Error);
        return JsonElement.Parse(run.Output);
    }

    /// <summary>Codex, which speaks the Responses format and nothing else. Its answer comes as lines of JSON.</summary>
    public Task<CommandRun> CodexAsync(string prompt) => RunAsync(
        new Dictionary<string, string> { ["GATEWAY_TOKEN"] = Token },
        Repository.NodeModule(".bin/codex"),
        "exec", "--skip-git-repo-check", "--json", "-m", "echo",
        "-c", "model_provider=gateway",
        "-c", $$"""model_providers.gateway={name="gateway",base_url="{{Url}}/v1",env_key="GATEWAY_TOKEN",wire_api="responses"}""",
        prompt);

    /// <summary>Pi, through one of the formats it speaks: <c>anthropic-messages</c> or <c>openai-completions</c>.</summary>
    public async Task<CommandRun> PiAsync(string format, string prompt)
    {
        var settings = Directory.CreateDirectory(Path.Combine(_home.FullName, ".pi", "agent")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(settings, "models.json"),
            $$$$"""{"providers":{"gateway":{"baseUrl":"{{{{(format == "openai-completions" ? $"{Url}/v1" : Url)}}}}","api":"{{{{format}}}}","apiKey":"{{{{Token}}}}","models":[{"id":"echo"}]}}}""");
        return await RunAsync(new Dictionary<string, string> { ["PI_OFFLINE"] = "1" }, Repository.NodeModule(".bin/pi"), "--model", "gateway/echo", "--no-session", "-p", prompt);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private Task<CommandRun> RunAsync(IReadOnlyDictionary<string, string> variables, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _home.FullName };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Repository.NodeModule("node/bin/node"))}:/usr/bin:/bin";
        start.Environment["HOME"] = _home.FullName;
        start.Environment["MODULES"] = Repository.InRoot(".tools", "clients", "node_modules");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return CommandRun.OfAsync(start);
    }
}
