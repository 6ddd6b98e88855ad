namespace Systemprompt.Governance.Shell;

/// <summary>Paths as Windows writes them, with either slash, in any case.</summary>
internal static class WindowsPaths
{
    private static readonly System.Buffers.SearchValues<char> Globs = System.Buffers.SearchValues.Create("*.?");

    private static readonly HashSet<string> Roots = new(StringComparer.OrdinalIgnoreCase)
        { "Windows", "WinNT", "Users", "Documents and Settings", "Program Files", "Program Files (x86)", "ProgramData", "System Volume Information", "Windows/System32", "Windows/SysWOW64" };

    private static readonly HashSet<string> Registry = new(StringComparer.OrdinalIgnoreCase) { "hklm", "hkcu", "hkcr", "hku", "hkcc" };

    /// <summary>The last part of a program's path, in small letters and without <c>.exe</c>.</summary>
    public static string NameOf(string program)
    {
        var name = program[(program.AsSpan().LastIndexOfAny('/', '\\') + 1)..].ToLowerInvariant();
        return name.EndsWith(".exe", StringComparison.Ordinal) || name.EndsWith(".com", StringComparison.Ordinal) ? name[..^4] : name;
    }

    /// <summary>Whether the path is a drive: <c>C:</c>.</summary>
    public static bool IsDrive(string path) => path.TrimEnd('\\', '/') is [var letter, ':'] && char.IsAsciiLetter(letter);

    /// <summary>Whether the path is a disk itself, below any file system.</summary>
    public static bool IsDisk(string path) =>
        path.Replace('/', '\\').StartsWith(@"\\.\PhysicalDrive", StringComparison.OrdinalIgnoreCase) || (path.StartsWith(@"\\.\", StringComparison.Ordinal) && IsDrive(path[4..]));

    /// <summary>Whether the path is a drive, a folder of the system, a home, a hive of the registry, or all that stands here or above.</summary>
    public static bool IsWhole(string path)
    {
        // The name of PowerShell's provider, and the prefixes that turn other rules off.
        if (path.LastIndexOf("::", StringComparison.Ordinal) is >= 0 and var provider) path = path[(provider + 2)..];
        if (path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal)) path = path[4..];
        path = path.Trim();
        if (path.Length == 0) return false;
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        if (colon > 1) return Registry.Contains(path[..colon]) && Parts(path[(colon + 1)..], isRooted: true).Count <= 1;
        var isRooted = colon == 1 || path[0] is '\\' or '/';
        if (colon == 1 && !char.IsAsciiLetter(path[0])) return false;
        var parts = Parts(colon == 1 ? path[2..] : path, isRooted);
        if (!isRooted) return parts.TrueForAll(static part => part is ".." or "~");
        return parts.Count == 0 || (parts.Count <= 2 && Roots.Contains(string.Join('/', parts))) || (parts.Count == 2 && parts[0].Equals("Users", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The path's folders, without those that go nowhere, and without a last one that stands for everything.</summary>
    private static List<string> Parts(string path, bool isRooted)
    {
        var parts = new List<string>();
        foreach (var part in path.Split(['\\', '/'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || !isRooted) parts.Add(part);
        }

        while (parts.Count > 0 && parts[^1] != ".." && parts[^1].Contains('*', StringComparison.Ordinal) && parts[^1].AsSpan().IndexOfAnyExcept(Globs) < 0) parts.RemoveAt(parts.Count - 1);
        return parts;
    }
}
