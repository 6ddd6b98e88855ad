using System.Runtime.InteropServices;
using Systemprompt.Cli;

namespace Systemprompt.Hosting;

/// <summary><c>version</c>: what this binary is. Reads no profile.</summary>
internal static class VersionCommand
{
    public static void Map(CommandMap commands) =>
        commands.Map("version", "Prints the versions of this binary and of what is inside.", "version --json", [], (call, _) =>
        {
            var info = call.Info;
            call.Output.Item(
                new VersionAnswer(info.Name, info.Version, info.CoreVersion, RuntimeInformation.FrameworkDescription, RuntimeInformation.RuntimeIdentifier),
                ("name", answer => answer.Name),
                ("version", answer => answer.Version),
                ("systemprompt", answer => answer.Systemprompt),
                ("runtime", answer => answer.Runtime),
                ("platform", answer => answer.Platform));
            return Task.FromResult(0);
        });
}

internal sealed record VersionAnswer(string Name, string Version, string Systemprompt, string Runtime, string Platform);
