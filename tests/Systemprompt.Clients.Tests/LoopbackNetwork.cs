using System.Diagnostics;
using System.Globalization;

namespace Systemprompt.Clients.Tests;

/// <summary>A network namespace with nothing in it but a loopback device: no route leads out, no name can be resolved.</summary>
internal sealed class LoopbackNetwork : IDisposable
{
    private readonly Process _holder;

    private LoopbackNetwork(Process holder) => _holder = holder;

    /// <summary>Stands before a command that shall run in it. An ordinary user enters through a user namespace of his own.</summary>
    public IReadOnlyList<string> Launcher
    {
        get
        {
            string[] line = ["/usr/bin/nsenter", "--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--net"];
            return Environment.IsPrivilegedProcess ? line : [.. line, "--user", "--preserve-credentials"];
        }
    }

    public static async Task<LoopbackNetwork> CreateAsync()
    {
        // The namespace lives as long as the shell, which ends when our end of its standard input closes.
        string[] options = Environment.IsPrivilegedProcess ? ["--net"] : ["--net", "--map-root-user"];
        var holder = Process.Start(new ProcessStartInfo("/usr/bin/unshare", [.. options, "/bin/sh", "-c", "ip link set lo up && echo up && read -r end"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        (await holder.StandardOutput.ReadLineAsync()).ShouldBe("up");
        return new LoopbackNetwork(holder);
    }

    public Task<CommandRun> RunAsync(params string[] line) => CommandRun.OfAsync(new ProcessStartInfo(Launcher[0], [.. Launcher.Skip(1), .. line]));

    /// <summary>How often anything in here tried to reach an address that no route leads to; the kernel counts.</summary>
    public async Task<long> AttemptsOutAsync()
    {
        var lines = (await RunAsync("/bin/cat", "/proc/net/snmp")).Succeeded().Output.Split('\n').Where(line => line.StartsWith("Ip: ", StringComparison.Ordinal)).ToArray();
        var at = Array.IndexOf(lines[0].Split(' '), "OutNoRoutes");
        return long.Parse(lines[1].Split(' ')[at], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
