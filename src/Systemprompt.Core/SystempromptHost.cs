using System.Text;
using Systemprompt.Cli;
using Systemprompt.Hosting;

namespace Systemprompt;

/// <summary>The entry point of every Systemprompt binary: server and CLI are one program, told apart by the command line.</summary>
public static class SystempromptHost
{
    /// <summary>Runs the command line. <c>services start</c> is the server.</summary>
    /// <param name="args">The process's arguments.</param>
    /// <param name="host">The extensions compiled in, from the generated <c>CompiledExtensions.All</c>.</param>
    /// <returns>The exit code: 0 done, 1 failed, 2 wrong call.</returns>
    public static async Task<int> RunAsync(string[] args, HostDefinition host)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(host);
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var signals = new ProcessSignals();
        return await new CliRunner(CoreExtensions.With(host), Console.Out, Console.Error).RunAsync(args, signals.First);
    }
}
