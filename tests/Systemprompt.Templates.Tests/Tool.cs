using System.Diagnostics;
using System.Text;

namespace Systemprompt.Templates.Tests;

/// <summary>Runs a program to its end and keeps what it said.</summary>
internal sealed record Tool(int ExitCode, string Output)
{
    public static async Task<Tool> RunAsync(string program, IReadOnlyList<string> arguments, string directory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // No build server outlives the tests, and nothing of this run's own build reaches into theirs.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = new StringBuilder();
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (said) said.AppendLine(line.Data);
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync();
        return new Tool(process.ExitCode, said.ToString());
    }

    public static async Task<string> SucceedAsync(string program, IReadOnlyList<string> arguments, string directory)
    {
        var run = await RunAsync(program, arguments, directory);
        run.ExitCode.ShouldBe(0, run.Output);
        return run.Output;
    }
}
