using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Systemprompt.Cli;
using Systemprompt.Http;

namespace Systemprompt.Hosting;

/// <summary><c>services start|status|health</c>, also spelt <c>infra services …</c>.</summary>
internal static class ServiceCommands
{
    private static readonly Option<bool> Foreground = new("--foreground") { Description = "Stay in the foreground. The server always does; scripts may say so." };
    private static readonly Option<string?> Only = new("--only") { Description = "http or jobs: this process serves requests only, or runs jobs only (and answers health)." };

    public static void Map(CommandMap commands)
    {
        foreach (var group in (string[])["services", "infra services"])
        {
            commands.Map($"{group} start", "Runs the server in this terminal until SIGTERM or Ctrl-C.", $"{group} start --foreground",
                [Foreground, Only], StartAsync);
            commands.Map($"{group} status", "Shows the state and every health check of the server that this profile describes.", $"{group} status --json", [], StatusAsync);
            commands.Map($"{group} health", "Asks the server of this profile for its health: exit code 0 healthy, 1 not. For container health checks.", $"{group} health", [], HealthAsync);
        }
    }

    private static async Task<int> StartAsync(CliCall call, CancellationToken cancellationToken)
    {
        var role = ProcessRole.Parse(call.Get(Only)) ?? throw new CliException($"--only {call.Get(Only)}: choose http or jobs, or leave it out for both", 2);
        call.Profile.ResolveAll();
        await using var server = ServerHost.Build(call.Composition, call.Profile, role: role);
        await server.StartAsync(CancellationToken.None);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stop.SetResult);
        // Start-up that fails for good throws here, with its reason for the operator.
        var first = await Task.WhenAny(server.Started, stop.Task);
        if (first == server.Started) await server.Started;
        await stop.Task;
        await server.StopAsync();
        return 0;
    }

    private static async Task<int> StatusAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (answer, _) = await AskAsync(call, cancellationToken);
        if (call.Output.IsJson)
        {
            call.Output.Document(answer);
        }
        else
        {
            call.Output.Line($"{answer.Status}, {answer.State} ({answer.Detail}), version {answer.Version}");
            call.Output.List(answer.Checks.ToList(), ("check", check => check.Name), ("status", check => check.Status), ("detail", check => check.Detail));
        }

        return answer.Status == "unhealthy" ? 1 : 0;
    }

    private static async Task<int> HealthAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (answer, code) = await AskAsync(call, cancellationToken);
        if (call.Output.IsJson) call.Output.Document(answer);
        else call.Output.Line(answer.Status);
        return code == 200 ? 0 : 1;
    }

    private static async Task<(HealthAnswer Answer, int Code)> AskAsync(CliCall call, CancellationToken cancellationToken)
    {
        var server = call.Profile.Section<ServerSettings>();
        var host = server.Host is "0.0.0.0" or "::" or "*" or "+" ? "127.0.0.1" : server.Host;
        var address = new UriBuilder("http", host, server.Port, "/api/v1/health").Uri;
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await client.GetAsync(address, cancellationToken);
            var answer = await response.Content.ReadFromJsonAsync(HealthJson.Default.HealthAnswer, cancellationToken);
            return (answer!, (int)response.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"no healthy answer from {address}: {exception.Message}. Is the server running with this profile ('services start')?");
        }
    }
}
