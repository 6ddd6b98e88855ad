namespace Systemprompt.Governance.Shell;

/// <summary>Finds what <c>powershell</c>, <c>pwsh</c> or <c>cmd</c> is given to run, whoever starts it.</summary>
internal static class WindowsShells
{
    // What takes a word of its own, by the shortest form that PowerShell takes.
    private static readonly (string Name, int Least)[] WithValue =
        [("executionpolicy", 2), ("ep", 2), ("version", 1), ("psconsolefile", 1), ("inputformat", 2), ("if", 2), ("outputformat", 1), ("of", 2), ("windowstyle", 1), ("workingdirectory", 2), ("wd", 2), ("configurationname", 6), ("custompipename", 2), ("settingsfile", 3)];

    public static bool Contains(string program) => WindowsPaths.NameOf(program) is "powershell" or "pwsh" or "pwsh-preview" or "cmd";

    /// <summary>What the shell would do that no agent may, or null.</summary>
    /// <param name="command">The command as it stands in its script.</param>
    /// <param name="words">Its words, the shell's name first.</param>
    /// <param name="depth">How many scripts it stands in.</param>
    public static string? Started(ShellCommand command, IReadOnlyList<string> words, int depth)
    {
        if (command.Inner.Exists(ShellJudge.IsDownload)) return ShellJudge.Downloaded;
        var isCmd = WindowsPaths.NameOf(words[0]) == "cmd";
        var script = isCmd ? OfCmd(words) : OfPowerShell(words, out var isFile) is { } given ? given : isFile ? "" : null;
        if (script is null or "-")
        {
            if (ShellJudge.IsDownloadedBy(command.From)) return ShellJudge.Downloaded;
            script = command.Input ?? ShellJudge.Printed(command.From);
        }

        return string.IsNullOrEmpty(script) ? null : isCmd ? CmdJudge.Fault(script, depth + 1) : PowerShellJudge.Fault(script, depth + 1);
    }

    /// <summary>What stands behind <c>/c</c>; a shell of POSIX on Windows writes <c>//c</c>.</summary>
    private static string? OfCmd(IReadOnlyList<string> words)
    {
        for (var at = 1; at < words.Count; at++)
        {
            var word = words[at].StartsWith("//", StringComparison.Ordinal) ? words[at][1..] : words[at];
            if (word.Length > 1 && word[0] == '/' && word[1] is 'c' or 'C' or 'k' or 'K' or 'r' or 'R') return string.Join(' ', words.Skip(at + 1).Prepend(word[2..]));
        }

        return null;
    }

    /// <summary>What stands behind <c>-Command</c> or is encoded behind <c>-EncodedCommand</c>, or else what comes first.</summary>
    private static string? OfPowerShell(IReadOnlyList<string> words, out bool isFile)
    {
        isFile = false;
        for (var at = 1; at < words.Count; at++)
        {
            var word = words[at];
            if (word.Length < 2 || word[0] is not ('-' or '/' or '\u2013' or '\u2014')) return string.Join(' ', words.Skip(at));
            var name = word.AsSpan(1).TrimStart('-');
            if (Is(name, "command", 1) || Is(name, "commandwithargs", 8) || name.Equals("cwa", StringComparison.OrdinalIgnoreCase)) return at + 1 < words.Count ? string.Join(' ', words.Skip(at + 1)) : null;
            if (isFile = Is(name, "file", 1)) return null;
            if (Is(name, "encodedcommand", 1) || name.Equals("ec", StringComparison.OrdinalIgnoreCase)) return at + 1 < words.Count ? Decoded(words[at + 1]) : null;
            foreach (var (taker, least) in WithValue)
            {
                if (!Is(name, taker, least)) continue;
                at++;
                break;
            }
        }

        return null;
    }

    private static bool Is(ReadOnlySpan<char> name, string full, int least) => name.Length >= least && full.AsSpan().StartsWith(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The text that is encoded in base64 and UTF-16; what is not is no script, to PowerShell neither.</summary>
    private static string Decoded(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? System.Text.Encoding.Unicode.GetString(bytes, 0, length) : "";
    }
}
