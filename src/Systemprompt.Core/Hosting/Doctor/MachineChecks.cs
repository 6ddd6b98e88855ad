using System.Globalization;
using System.Runtime.InteropServices;
using Systemprompt.Extensions;
using Systemprompt.Http;

namespace Systemprompt.Hosting;

/// <summary>What <c>doctor</c> looks at on this machine: disk, clock, open files, time zones.</summary>
internal static class MachineChecks
{
    private const long LittleSpace = 1_000_000_000, NoSpace = 100_000_000;

    /// <summary>What the process needs besides connections: the file itself, its libraries, the database, logs.</summary>
    private const int OtherFiles = 256;

    // <sys/timex.h>, Linux on 64 bits: the structure's size, where its status word stands, and the bit that says that nobody keeps the clock.
    private const int TimexSize = 208, StatusAt = 40, Unsynchronised = 0x40;

    public static IReadOnlyList<DoctorCheck> All { get; } =
    [
        new("disk", (call, _) => Now(() => CheckDisk(call))),
        new("clock", (call, _) => Now(() => CheckClock(call))),
        new("open files", (call, _) => Now(() => CheckFiles(call))),
        new("time zones", (call, _) => Now(() => CheckZones(call))),
    ];

    /// <summary>Judges free space at one place.</summary>
    internal static void JudgeSpace(DoctorCall call, string what, string path, long free)
    {
        var amount = $"{free / 1_000_000} MB";
        if (free < NoSpace) call.Fail($"{what} ({path}) has only {amount} left", $"free space there, or give {what} a larger disk; at least {LittleSpace / 1_000_000} MB should be free");
        else if (free < LittleSpace) call.Warn($"{what} ({path}) has {amount} left", $"free space there before it is full; at least {LittleSpace / 1_000_000} MB should be free");
        else call.Ok($"{what} has {free / 1_000_000_000.0:0.0} GB left");
    }

    private static Task Now(Action check)
    {
        check();
        return Task.CompletedTask;
    }

    private static void CheckDisk(DoctorCall call)
    {
        var storage = Path.GetFullPath(call.Profile.Section<StorageSettings>().Path);
        JudgeSpace(call, "storage.path", storage, new DriveInfo(Existing(storage)).AvailableFreeSpace);
        JudgeSpace(call, "the folder for temporary files", Path.GetTempPath(), new DriveInfo(Existing(Path.GetTempPath())).AvailableFreeSpace);
        if (!Directory.Exists(storage)) return;
        try
        {
            using var file = new FileStream(Path.Combine(storage, $".doctor-{Environment.ProcessId}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            file.WriteByte(1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            call.Fail($"storage.path ({storage}) cannot be written to", "give the folder to the account that runs this process, or mount it writable");
        }
    }

    private static string Existing(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above) path = above;
        return path;
    }

    private static void CheckClock(DoctorCall call)
    {
        switch (KernelSaysSynchronised())
        {
            case true: call.Ok("kept by a time service"); break;
            case false: call.Warn("no time service keeps this machine's clock", "run chrony, systemd-timesyncd or another NTP client; tokens, schedules and leases follow the clock"); break;
            default: call.Ok("whether a time service keeps it cannot be seen here"); break;
        }
    }

    private static bool? KernelSaysSynchronised()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        var answer = new byte[TimexSize];
        try
        {
            // All zeroes only asks.
            return AskClock(answer) < 0 ? null : (BitConverter.ToInt32(answer, StatusAt) & Unsynchronised) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AskClock([In, Out] byte[] timex);

    private static void CheckFiles(DoctorCall call)
    {
        if (OpenFilesLimit() is not { } limit)
        {
            call.Ok("no limit can be seen");
            return;
        }

        var wanted = call.Profile.Section<ServerSettings>().MaxConnections + OtherFiles;
        if (limit < OtherFiles * 2) call.Fail($"this process may open only {limit} files and connections", "raise the limit: ulimit -n, LimitNOFILE of the service, or the container's ulimits");
        else if (limit < wanted) call.Warn($"this process may open {limit} files and connections, and server.max_connections wants {wanted}", "raise the limit (ulimit -n, LimitNOFILE), or lower server.max_connections");
        else call.Ok($"{limit} may be open at a time");
    }

    private static long? OpenFilesLimit()
    {
        if (!File.Exists("/proc/self/limits")) return null;
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }

    private static void CheckZones(DoctorCall call)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _)) call.Ok("the system knows them");
        else call.Warn("the system knows no time zones, so a schedule can only name UTC", "install the package tzdata, or mount /usr/share/zoneinfo");
    }
}
