namespace Systemprompt.Governance.Shell;

/// <summary>
/// Tells a command line that would destroy the machine or run what it just downloaded. It judges what would run, not what is written: <c>echo "rm -rf /"</c>
/// runs echo. A line that tries to hide what it runs can still do so; it stops accidents and models that were talked into one, and is no sandbox.
/// </summary>
internal static class ShellJudge
{
    public const int MostDepth = 12;
    public const string TooDeep = "hides commands in commands too deep to be read";
    public const string Downloaded = "runs what it just downloaded";

    /// <summary>How .NET downloads a text; stands in the word of a call of it.</summary>
    public const string Fetched = ".DownloadString";

    private static readonly HashSet<string> Shells = new(StringComparer.Ordinal) { "sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "fish", "rbash" };
    private static readonly HashSet<string> Interpreters = new(StringComparer.Ordinal) { "python", "python2", "python3", "perl", "ruby", "node", "php", "osascript" };
    private static readonly HashSet<string> Downloads = new(StringComparer.OrdinalIgnoreCase)
        { "curl", "wget", "fetch", "http", "https", "aria2c", "lynx", "xh", "curlie", "iwr", "irm", "invoke-webrequest", "invoke-restmethod" };

    private static readonly HashSet<string> Containers = new(StringComparer.Ordinal) { "docker", "podman", "nerdctl", "kubectl", "oc", "lxc", "vagrant" };
    private static readonly HashSet<string> SshOptions = new(StringComparer.Ordinal) { "-p", "-i", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-e", "-m", "-S", "-W", "-w" };

    /// <summary>What the script would do that no agent may, or null.</summary>
    public static string? Fault(string script) => Fault(script, 0);

    /// <summary>The same for one command that comes as words, with no shell in between.</summary>
    public static string? Fault(IReadOnlyList<string> words)
    {
        var command = new ShellCommand();
        command.Words.AddRange(words);
        return Fault(command, 0);
    }

    public static string? Fault(string text, int depth)
    {
        if (depth >= MostDepth) return TooDeep;
        var script = ShellReader.Read(text);
        if (script.IsForkBomb) return "starts itself without end";
        if (script.IsTooDeep) return TooDeep;
        foreach (var command in script.Commands)
            if (Fault(command, depth) is { } fault) return fault;
        return null;
    }

    public static string? Fault(ShellCommand command, int depth)
    {
        if (command.Writes.Any(ShellDamage.IsDisk)) return ShellDamage.Overwrites;
        var words = ShellWords.Unwrap(command.Words, out var overInput);
        if (words.Count == 0) return null;
        if (overInput && Printed(command.From) is { } printed) words = [.. words, .. printed.Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)];
        return ShellDamage.Of(words) ?? Started(command, words, depth);
    }

    /// <summary>Judges what the command starts in its turn.</summary>
    private static string? Started(ShellCommand command, IReadOnlyList<string> words, int depth)
    {
        var name = words[0];
        if (Shells.Contains(name) || name == "su")
        {
            var script = ScriptOf(words, 1, out var operands, out var input);
            if (command.Inner.Any(IsDownload)) return Downloaded;
            if (script is not null) return Fault(script, depth + 1);
            if (name == "su" || (operands > 0 && !input)) return null;
            if (IsDownloadedBy(command.From)) return Downloaded;
            return (command.Input ?? Printed(command.From)) is { } text ? Fault(text, depth + 1) : null;
        }

        if (name == ShellCommand.Unknown) return command.Inner.Any(IsDownload) ? Downloaded : null;
        if (name is "eval" or "source" or ".")
            return command.Inner.Any(IsDownload) ? Downloaded : name == "eval" ? Fault(string.Join(' ', words.Skip(1)), depth + 1) : null;
        if (Interpreters.Contains(name))
            return words.Skip(1).All(word => word == "-") && IsDownloadedBy(command.From) ? Downloaded : command.Inner.Any(IsDownload) && words.Skip(1).Any(word => word is "-c" or "-e" or "<()") ? Downloaded : null;
        if (name == "ssh") return Remote(words) is { Length: > 0 } remote ? Fault(remote, depth + 1) : null;
        if (name == "find") return Executed(words) is { } executed ? Fault(executed, depth + 1) : null;
        if (WindowsShells.Contains(name)) return WindowsShells.Started(command, words, depth);
        if (!Containers.Contains(name)) return null;
        // A box may be named like a shell, but not many.
        var tries = 4;
        for (var at = 1; at < words.Count - 1 && tries > 0; at++)
        {
            if (!Shells.Contains(words[at][(words[at].LastIndexOf('/') + 1)..])) continue;
            tries--;
            if (ScriptOf(words, at + 1, out _, out _) is { } inner) return Fault(inner, depth + 1);
        }

        return null;
    }

    /// <summary>The text behind <c>-c</c>. Without one, how many operands there are, and whether <c>-s</c> reads commands from the input all the same.</summary>
    private static string? ScriptOf(IReadOnlyList<string> words, int from, out int operands, out bool input)
    {
        operands = 0;
        input = false;
        var script = false;
        // su takes the user before its options.
        var isUser = words[from - 1] == "su";
        for (var at = from; at < words.Count; at++)
        {
            var word = words[at];
            if (word is "--" or "-") continue;
            if (word.Length > 1 && word[0] is '-' or '+' && (operands == 0 || isUser))
            {
                if (word[1] == '-') script |= word == "--command";
                else
                {
                    script |= word.Contains('c', StringComparison.Ordinal);
                    input |= word.Contains('s', StringComparison.Ordinal);
                    if (word is "-o" or "-O" or "+o" or "+O") at++;
                }
            }
            else if (script) return word;
            else operands++;
        }

        return null;
    }

    /// <summary>Whether the command prints what it downloads.</summary>
    public static bool IsDownload(ShellCommand command) =>
        (ShellWords.Unwrap(command.Words, out _) is [var name, ..] && Downloads.Contains(name)) || command.Words.Exists(static word => word.Contains(Fetched, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether what a pipe brings was downloaded in any part of it.</summary>
    public static bool IsDownloadedBy(ShellCommand? source)
    {
        var first = source;
        var found = false;
        for (; source is not null && !found; source = source.From)
        {
            if (source.IsDownloaded is { } known)
            {
                found = known;
                break;
            }

            found = IsDownload(source) || ((source.IsExpression || source.Words is [("echo" or "printf" or "cat"), ..]) && source.Inner.Any(IsDownload));
        }

        if (first is not null) first.IsDownloaded = found;
        return found;
    }

    /// <summary>What echo or printf gives the next command, or cat from a here-document.</summary>
    public static string? Printed(ShellCommand? source)
    {
        if (source is null) return null;
        if (source.Value is { } value) return value;
        var words = ShellWords.Unwrap(source.Words, out _);
        return words is ["echo" or "printf", ..] ? string.Join(' ', words.Skip(1).Where(word => !word.StartsWith('-') || word.Contains(' ', StringComparison.Ordinal))).Replace("\\n", "\n", StringComparison.Ordinal)
            : words is ["cat" or "tee", ..] ? source.Input : null;
    }

    private static string Remote(IReadOnlyList<string> words)
    {
        var at = 1;
        while (at < words.Count && words[at].StartsWith('-')) at += SshOptions.Contains(words[at]) ? 2 : 1;
        return string.Join(' ', words.Skip(at + 1));
    }

    /// <summary>The command of <c>find PLACE -exec …</c>, with the place for what it finds.</summary>
    private static IReadOnlyList<string>? ExecutedWords(IReadOnlyList<string> words)
    {
        var at = 1;
        while (at < words.Count && words[at] is not ("-exec" or "-execdir" or "-ok" or "-okdir")) at++;
        if (at >= words.Count) return null;
        var narrowed = words.Take(at).Any(word => word is "-name" or "-iname" or "-path" or "-mtime" or "-size" or "-regex" or "-user" or "-newer" or "-empty" or "-mmin");
        var place = words.Count > 1 && !words[1].StartsWith('-') ? words[1] : ".";
        return [.. words.Skip(at + 1).TakeWhile(word => word is not (";" or "+")).Select(word => word == "{}" ? narrowed ? $"{place}/found" : place : word)];
    }

    private static string? Executed(IReadOnlyList<string> words) =>
        ExecutedWords(words) is { Count: > 0 } inner ? string.Join(' ', inner.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'")) : null;
}
