using System.Diagnostics;

namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>Another process that runs or joins a server.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private int _ended;

    private ServerProcess(Process process, string said) => (_process, Said) = (process, said);

    /// <summary>Its address, or why it has none.</summary>
    public string Said { get; }

    public int Id => _process.Id;

    public static async Task<ServerProcess> StartAsync(string folder, string use, string? user = null)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Systemprompt.EmbeddedPostgres.Process.dll");
        string[] command = [Environment.ProcessPath!, "exec", program, folder, use, TestBinaries.Directory];
        if (user is not null) command = ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", .. command];
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        info.Environment["SP_TEST_SECRET"] = "must not be passed on";
        var process = Process.Start(info)!;
        return new ServerProcess(process, (await process.StandardOutput.ReadLineAsync())!);
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
