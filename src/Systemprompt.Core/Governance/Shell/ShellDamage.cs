namespace Systemprompt.Governance.Shell;

/// <summary>Single commands that destroy a machine or a person's files.</summary>
internal static class ShellDamage
{
    public const string Overwrites = "overwrites a disk";
    public const string Removes = "removes a root, a home or everything in place";
    private const string Opens = "opens or gives away the root";

    private static readonly string[] Disks = ["sd", "nvme", "vd", "hd", "xvd", "mmcblk", "disk", "rdisk", "md", "dm-", "mapper/"];

    private static readonly System.Buffers.SearchValues<char> Globs = System.Buffers.SearchValues.Create("*.?[!]");

    private static readonly HashSet<string> Roots = new(StringComparer.Ordinal)
        { "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "opt", "proc", "root", "run", "sbin", "srv", "sys", "usr", "var", "Applications", "Library", "System", "Users", "Volumes" };

    /// <summary>What the command would do, or null. The first word is its name.</summary>
    public static string? Of(IReadOnlyList<string> words)
    {
        var name = words[0];
        if (name is "rm" or "srm") return Recursive(words, 'r', 'R') && (Operands(words).Any(static word => IsWhole(word) || IsDrive(word)) || words.Contains("--no-preserve-root")) ? Removes : null;
        if (name == "find") return words.Contains("-delete") && words.Skip(1).TakeWhile(word => !word.StartsWith('-')).Any(IsWhole) && !words.Any(IsNarrow) ? Removes : null;
        if (name.StartsWith("mkfs", StringComparison.Ordinal) || name is "mke2fs" or "wipefs" or "blkdiscard" or "shred" or "sgdisk" or "mkswap")
            return Operands(words).Any(word => word.StartsWith("/dev/", StringComparison.Ordinal)) ? Overwrites : null;
        if (name == "dd") return words.Any(word => word.StartsWith("of=", StringComparison.Ordinal) && IsDisk(word[3..])) ? Overwrites : null;
        if (name == "tee") return Operands(words).Any(IsDisk) ? Overwrites : null;
        if (name is "cp" or "mv" && words.Count > 2 && IsDisk(words[^1])) return Overwrites;
        if (name == "mv") return words.Count > 2 && Operands(words).SkipLast(1).Any(word => word is "/" or "/*" or "~" or "~/" or "${HOME}") ? Removes : null;
        if (name == "chmod")
        {
            var recursive = Recursive(words, 'R');
            return Operands(words).Any(IsMode) && Operands(words).Skip(1).Any(word => recursive ? IsWhole(word) && word[0] is '/' or '~' : IsRoot(word)) ? Opens : null;
        }

        if (name is "chown" or "chgrp") return Recursive(words, 'R') && Operands(words).Skip(1).Any(word => IsWhole(word) && word[0] == '/') ? Opens : null;
        return null;
    }

    /// <summary>Whether the path is a disk, or a part of one.</summary>
    public static bool IsDisk(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && Disks.Any(disk => path.AsSpan(5).StartsWith(disk, StringComparison.Ordinal));

    /// <summary>A drive of Windows, as a shell on it or beside it sees it: C:/, /c, /mnt/c.</summary>
    private static bool IsDrive(string path) =>
        WindowsPaths.IsDrive(path) || (path is [_, ':', ..] && WindowsPaths.IsWhole(path))
        || (path.StartsWith('/') && Parts(path) is [{ Length: 1 }] or ["mnt", { Length: 1 }] && char.IsAsciiLetter(Parts(path)[^1][0]));

    private static bool IsNarrow(string word) => word is "-name" or "-iname" or "-path" or "-mtime" or "-size" or "-regex" or "-user" or "-newer" or "-empty" or "-mmin";

    // World-writable, in figures or letters.
    private static bool IsMode(string word) => word is "777" or "0777" or "1777" or "666" or "0666" or "a+rwx" or "a+w" or "o+w" or "ugo+rwx" or "a=rwx" or "+w";

    private static bool IsRoot(string word) => word.StartsWith('/') && Parts(word).Count == 0;

    private static IEnumerable<string> Operands(IReadOnlyList<string> words)
    {
        var all = false;
        foreach (var word in words.Skip(1))
        {
            if (!all && word == "--") all = true;
            else if (all || !word.StartsWith('-')) yield return word;
        }
    }

    private static bool Recursive(IReadOnlyList<string> words, params ReadOnlySpan<char> letters)
    {
        foreach (var word in words.Skip(1))
        {
            if (word == "--") return false;
            if (word.StartsWith("--rec", StringComparison.Ordinal)) return true;
            if (word.Length > 1 && word[0] == '-' && word[1] != '-' && word.AsSpan(1).IndexOfAny(letters) >= 0) return true;
        }

        return false;
    }

    /// <summary>Whether the path is the root, a folder of the system, a home, or all that stands here or above.</summary>
    private static bool IsWhole(string path)
    {
        if (path.Length == 0) return false;
        var parts = Parts(path);
        if (path[0] == '/') return parts.Count == 0 || (parts.Count == 1 && Roots.Contains(parts[0]));
        return parts.TrueForAll(part => part == "..") || (parts.Count == 1 && parts[0][0] == '~');
    }

    /// <summary>The path's folders, without those that go nowhere, and without a last one that stands for everything.</summary>
    private static List<string> Parts(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace("${HOME}", "~", StringComparison.Ordinal).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || path[0] != '/') parts.Add(part);
        }

        while (parts.Count > 0 && parts[^1].AsSpan().IndexOfAnyExcept(Globs) < 0 && parts[^1] != ".." && parts[^1].Contains('*', StringComparison.Ordinal)) parts.RemoveAt(parts.Count - 1);
        return parts;
    }
}
