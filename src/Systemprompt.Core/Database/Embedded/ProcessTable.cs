using System.Globalization;

namespace Systemprompt.Database.Embedded;

/// <summary>The machine's processes, as <c>/proc</c> shows them.</summary>
internal static class ProcessTable
{
    /// <summary>Whether a process is there and more than a zombie.</summary>
    public static bool IsAlive(int pid) => State(pid) is not (null or 'Z' or 'X');

    /// <summary>The living processes of a PostgreSQL on a data directory: it makes that the working directory of each.</summary>
    /// <param name="data">The directory, without links in its path.</param>
    public static IEnumerable<int> Serving(string data) =>
        All().Where(pid => new FileInfo($"/proc/{pid}/cwd").LinkTarget == data && IsAlive(pid));

    /// <summary>Whether a process is a PostgreSQL, and it cannot be seen of which data directory.</summary>
    public static bool MayServeAnything(int pid) =>
        IsAlive(pid) && new FileInfo($"/proc/{pid}/cwd").LinkTarget is null && Read($"/proc/{pid}/comm")?.Trim() is "postgres" or "postmaster";

    private static IEnumerable<int> All() =>
        Directory.Exists("/proc")
            ? Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            : [];

    // "1234 (name that may hold anything) S …"
    private static char? State(int pid) =>
        Read($"/proc/{pid}/stat") is { } stat && stat.LastIndexOf(')') is var end && end > 0 && end + 2 < stat.Length ? stat[end + 2] : null;

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
