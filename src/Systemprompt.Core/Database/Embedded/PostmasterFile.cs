using System.Globalization;

namespace Systemprompt.Database.Embedded;

/// <summary>What a running PostgreSQL writes about itself into its data directory (<c>postmaster.pid</c>).</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="Socket">The directory of its socket, once it has one.</param>
/// <param name="IsReady">Whether it takes connections.</param>
internal sealed record PostmasterFile(int ProcessId, string? Socket, bool IsReady)
{
    /// <summary>Reads the file; null when there is none, or none that can be understood.</summary>
    public static PostmasterFile? Read(string data)
    {
        try
        {
            var lines = File.ReadAllLines(In(data));
            return lines.Length > 0 && int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) && pid > 0
                ? new PostmasterFile(pid, lines.ElementAtOrDefault(4) is { Length: > 0 } socket ? socket : null, lines.ElementAtOrDefault(7)?.Trim() == "ready")
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Removes one that a killed server left. PostgreSQL does so itself, but not when its process number belongs to a zombie or to somebody else
    /// by now: then it would never start again.
    /// </summary>
    /// <returns>The processes that still serve the data, in which case the file is left alone.</returns>
    public static IReadOnlyList<int> Clear(string data)
    {
        var serving = ProcessTable.Serving(data).ToList();
        if (serving.Count > 0) return serving;
        if (Read(data) is { } left && ProcessTable.MayServeAnything(left.ProcessId)) return [left.ProcessId];
        File.Delete(In(data));
        return [];
    }

    private static string In(string data) => Path.Combine(data, "postmaster.pid");
}
