namespace Systemprompt.Governance.Shell;

/// <summary>
/// Tells a script of PowerShell that would destroy the machine or run what it just downloaded, as <see cref="ShellJudge"/> does for POSIX shells. Names of
/// commands and parameters count as PowerShell takes them: in any case, by alias, shortened.
/// </summary>
internal static class PowerShellJudge
{
    private static readonly HashSet<string> Removers = new(StringComparer.Ordinal) { "remove-item", "ri", "rm", "rd", "rmdir", "del", "erase", "rni" };
    private static readonly HashSet<string> Listers = new(StringComparer.Ordinal) { "get-childitem", "gci", "ls", "dir", "get-item", "gi" };

    // Parameters that take a word which is no path, and those of them that let through only a part.
    private static readonly string[] WithValue = ["filter", "include", "exclude", "credential", "stream", "erroraction", "ea", "errorvariable", "ev", "warningaction", "wa", "informationaction", "outvariable", "ov", "outbuffer", "depth", "attributes"];
    private static readonly string[] Narrowing = ["filter", "include"];

    /// <summary>What the script would do that no agent may, or null.</summary>
    public static string? Fault(string text, int depth)
    {
        if (depth >= ShellJudge.MostDepth) return ShellJudge.TooDeep;
        var script = PowerShellReader.Read(text);
        if (script.IsTooDeep) return ShellJudge.TooDeep;
        foreach (var command in script.Commands)
            if (Fault(command, depth) is { } fault) return fault;
        return null;
    }

    /// <summary>The same for one command that comes as words, with nothing in between that reads them.</summary>
    public static string? Fault(IReadOnlyList<string> words)
    {
        var command = new ShellCommand();
        command.Words.AddRange(words);
        return Fault(command, 0);
    }

    private static string? Fault(ShellCommand command, int depth)
    {
        if (command.Writes.Exists(WindowsPaths.IsDisk)) return ShellDamage.Overwrites;
        if (command.Words.Count == 0) return null;
        if (command.IsExpression) return OfExpression(command) ?? (command.Words[0] is [not '[', ..] ? ShellJudge.Fault(command, depth) : null);
        var name = WindowsPaths.NameOf(command.Words[0]);
        if (Removers.Contains(name) && Removes(command)) return ShellDamage.Removes;
        switch (name)
        {
            case "format-volume" or "clear-disk" or "remove-partition":
                return Has(command, "whatif", 1) ? null : ShellDamage.Overwrites;
            case "invoke-expression" or "iex":
                if (command.Inner.Exists(IsFetched) || ShellJudge.IsDownload(command) || ShellJudge.IsDownloadedBy(command.From)) return ShellJudge.Downloaded;
                var text = string.Join(' ', command.Words.Skip(1).Where(static word => !Is(word, "command", 1)));
                return (text.Length > 0 ? text : ShellJudge.Printed(command.From)) is { Length: > 0 } given ? Fault(given, depth + 1) : null;
            case "start-process" or "saps" or "start":
                return depth + 1 >= ShellJudge.MostDepth ? ShellJudge.TooDeep : Fault(Started(command), depth + 1);
            default:
                // A program, or what a shell of Windows is expected to know where it does not.
                return CmdJudge.Damage(command.Words) ?? ShellJudge.Fault(command, depth);
        }
    }

    /// <summary>Judges calls of .NET: <c>[scriptblock]::Create((irm x))</c>, <c>[IO.Directory]::Delete('C:\', $true)</c>.</summary>
    private static string? OfExpression(ShellCommand command)
    {
        foreach (var word in command.Words)
        {
            if (!word.StartsWith('[')) continue;
            if (word.Contains("scriptblock]::create", StringComparison.OrdinalIgnoreCase) && command.Inner.Exists(IsFetched)) return ShellJudge.Downloaded;
            if (word.Contains("directory]::delete", StringComparison.OrdinalIgnoreCase) && command.Inner.Exists(static inner => inner.Words.Exists(WindowsPaths.IsWhole))) return ShellDamage.Removes;
        }

        return null;
    }

    /// <summary>Whether what the command gives was downloaded, by it or by what stands in its parentheses.</summary>
    private static bool IsFetched(ShellCommand command) => ShellJudge.IsDownload(command) || ShellJudge.IsDownloadedBy(command.From) || command.Inner.Exists(IsFetched);

    private static bool Removes(ShellCommand command)
    {
        if (Has(command, "whatif", 1) || IsNarrowed(command)) return false;
        var isRecursive = Has(command, "recurse", 1);
        if (isRecursive && Operands(command).Any(WindowsPaths.IsWhole)) return true;
        // Everything that a list of it brings.
        return (command.From is { } from && Lists(from, isRecursive)) || command.Inner.Exists(inner => Lists(inner, isRecursive));
    }

    private static bool Lists(ShellCommand command, bool isRecursive) =>
        command.Words.Count > 0 && Listers.Contains(WindowsPaths.NameOf(command.Words[0])) && !IsNarrowed(command) && (isRecursive || Has(command, "recurse", 1) || Has(command, "s", 1))
        && Operands(command).DefaultIfEmpty(".").Any(WindowsPaths.IsWhole);

    private static bool IsNarrowed(ShellCommand command) => command.Words.Exists(static word => Array.Exists(Narrowing, name => Is(word, name, 3)));

    private static bool Has(ShellCommand command, string parameter, int least) =>
        command.Words.Exists(word => Is(word, parameter, least) && !word.EndsWith(":$false", StringComparison.OrdinalIgnoreCase) && !word.EndsWith(":${false}", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Operands(ShellCommand command)
    {
        for (var at = 1; at < command.Words.Count; at++)
        {
            var word = command.Words[at];
            if (!IsParameter(word)) yield return word;
            else if (word.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) yield return word[(colon + 1)..];
            else if (Array.Exists(WithValue, name => Is(word, name, Math.Min(3, name.Length)))) at++;
        }
    }

    private static bool IsParameter(string word) => word.Length > 1 && word[0] is '-' or '\u2013' or '\u2014' && char.IsAsciiLetter(word[1]);

    /// <summary>Whether the word is the parameter, shortened to no less than so many letters.</summary>
    private static bool Is(string word, string parameter, int least)
    {
        if (!IsParameter(word)) return false;
        var name = word.AsSpan(1);
        if (name.IndexOf(':') is > 0 and var colon) name = name[..colon];
        return name.Length >= least && parameter.AsSpan().StartsWith(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The program that Start-Process starts, with its arguments, each list of them parted into words.</summary>
    private static ShellCommand Started(ShellCommand command)
    {
        var started = new ShellCommand();
        for (var at = 1; at < command.Words.Count; at++)
        {
            var word = command.Words[at];
            if (Is(word, "verb", 4) || Is(word, "windowstyle", 2) || Is(word, "workingdirectory", 2) || Is(word, "credential", 2) || word.StartsWith("-Redirect", StringComparison.OrdinalIgnoreCase)) at++;
            else if (!Is(word, "filepath", 1) && !Is(word, "argumentlist", 1) && !Is(word, "args", 4) && !Is(word, "wait", 4) && !Is(word, "passthru", 1) && !Is(word, "nonewwindow", 3))
                started.Words.AddRange(started.Words.Count == 0 ? [word] : word.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return started;
    }
}
