using System.Diagnostics;
using System.Text.Json;

namespace Systemprompt.TrialKit;

/// <summary>A command that has ended.</summary>
public sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>The one JSON document on stdout.</summary>
    public JsonElement Json() => JsonElement.Parse(Output);

    /// <summary>This, when it ended with 0.</summary>
    public CommandRun Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException($"exit code {ExitCode}\n{Output}{Error}");

    public static async Task<CommandRun> OfAsync(ProcessStartInfo start, string input = "")
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return new CommandRun(process.ExitCode, await output, await error);
    }
}
