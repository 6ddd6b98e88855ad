namespace Systemprompt.TrialKit;

/// <summary>What the kernel knows of a process (proc(5)).</summary>
public static class ChildProcesses
{
    /// <summary>The ids of its children, whichever thread started them.</summary>
    public static IReadOnlyList<int> Of(int process) =>
        [.. Directory.GetDirectories($"/proc/{process}/task").SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)];

    /// <summary>The files it has mapped into its memory.</summary>
    public static IReadOnlyList<string> Mapped(int process) =>
        [.. File.ReadLines($"/proc/{process}/maps").Select(line => line.IndexOf('/') is > 0 and var at ? line[at..] : "").Where(path => path.Length > 0).Distinct().Order(StringComparer.Ordinal)];
}
