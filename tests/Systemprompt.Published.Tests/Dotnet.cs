using System.Diagnostics;

namespace Systemprompt.Published.Tests;

/// <summary>The SDK, on a scaffolded solution.</summary>
internal static class Dotnet
{
    public static Task<CommandRun> RunAsync(string solution, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. arguments, "-v", "quiet", "-clp:NoSummary"]) { WorkingDirectory = solution };
        // No build server outlives the tests.
        foreach (var (name, value) in new[] { ("MSBUILDDISABLENODEREUSE", "1"), ("UseSharedCompilation", "false"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0") }) start.Environment[name] = value;
        return CommandRun.OfAsync(start);
    }

    /// <summary>How a solution's host is run from its Debug build, as <c>dotnet run</c> does.</summary>
    public static HostOptions Options(string solution) => new()
    {
        Profile = "local",
        Launcher = ["dotnet"],
        File = Path.Combine(solution, "MyCo.Host", "bin", "Debug", "net10.0", "myco.dll"),
        Variables = new Dictionary<string, string> { ["DOTNET_ROOT"] = "", ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
    };
}
