using System.Text;

namespace Systemprompt.Governance.Shell;

/// <summary>Tells a line of <c>cmd</c> that would destroy the machine, as <see cref="ShellJudge"/> does for POSIX shells.</summary>
internal static class CmdJudge
{
    private static readonly Dictionary<string, string> Variables = new(StringComparer.OrdinalIgnoreCase)
    {
        ["systemdrive"] = "C:", ["homedrive"] = "C:", ["systemroot"] = @"C:\Windows", ["windir"] = @"C:\Windows", ["userprofile"] = "~", ["homepath"] = @"\Users\me", ["cd"] = ".",
        ["programfiles"] = @"C:\Program Files", ["programdata"] = @"C:\ProgramData", ["comspec"] = "cmd",
    };

    /// <summary>What the script would do that no agent may, or null.</summary>
    public static string? Fault(string text, int depth)
    {
        if (depth >= ShellJudge.MostDepth) return ShellJudge.TooDeep;
        foreach (var command in Read(text))
            if (Fault(command, depth) is { } fault) return fault;
        return null;
    }

    /// <summary>What a command that cmd knows would do, or null. The first word is its name.</summary>
    public static string? Damage(IReadOnlyList<string> words)
    {
        // Options may follow without a blank: rd/s/q.
        var slash = words[0].LastIndexOf('/') > 0 ? words[0].IndexOf('/', 1) : -1;
        var name = WindowsPaths.NameOf(slash > 0 ? words[0][..slash] : words[0]);
        if (name is not ("rd" or "rmdir" or "del" or "erase" or "deltree" or "format")) return null;
        var operands = words.Skip(1).Where(static word => !word.StartsWith('/'));
        if (name == "format") return operands.Any(WindowsPaths.IsDrive) ? ShellDamage.Overwrites : null;
        var isRecursive = name == "deltree" || (slash > 0 && HasS(words[0][slash..])) || words.Skip(1).Any(static word => word.StartsWith('/') && HasS(word));
        return isRecursive && operands.Any(WindowsPaths.IsWhole) ? ShellDamage.Removes : null;
    }

    private static bool HasS(string options) => options.Split('/').Contains("s", StringComparer.OrdinalIgnoreCase);

    private static string? Fault(ShellCommand command, int depth)
    {
        if (command.Writes.Exists(WindowsPaths.IsDisk)) return ShellDamage.Overwrites;
        Unwrap(command.Words);
        return command.Words.Count == 0 ? null : Damage(command.Words) ?? ShellJudge.Fault(command, depth);
    }

    /// <summary>Takes away what stands in front of a command: conditions, loops, <c>call</c>, <c>start</c>.</summary>
    private static void Unwrap(List<string> words)
    {
        var at = 0;
        while (at < words.Count)
        {
            var word = words[at].TrimStart('@').ToLowerInvariant();
            if (word is "" or "call" or "do" or "else" or "/i" or "not") at++;
            else if (word == "if") at += at + 1 < words.Count && words[at + 1].Contains('=', StringComparison.Ordinal) ? 2 : 1;
            else if (word is "exist" or "defined" or "errorlevel") at += 2;
            else if (word == "start")
            {
                // A title, then options.
                at++;
                while (at < words.Count && (words[at].Length == 0 || words[at][0] == '/' || (at + 1 < words.Count && words[at].Contains(' ', StringComparison.Ordinal)))) at++;
            }
            else break;
        }

        words.RemoveRange(0, Math.Min(at, words.Count));
        if (words.Count > 0) words[0] = words[0].TrimStart('@');
    }

    private static List<ShellCommand> Read(string text)
    {
        var commands = new List<ShellCommand>();
        var command = new ShellCommand();
        var word = new StringBuilder();
        var (any, quoted, isWrite) = (false, false, false);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (character == '"') any = quoted = !quoted;
            else if (character == '%' && text.IndexOf('%', at + 1) is > 0 and var end && end - at < 32 && Variables.TryGetValue(text[(at + 1)..end], out var value))
            {
                word.Append(value);
                at = end;
            }
            else if (character == '^' && !quoted)
            {
                // At the end of a line it joins the next one.
                if (at + 1 < text.Length && text[at + 1] == '\r') at++;
                if (++at < text.Length && text[at] != '\n') word.Append(text[at]);
            }
            else if (character is '\n' || (!quoted && character is '&' or '|' or '(' or ')'))
            {
                EndWord();
                quoted = false;
                var piped = character == '|' && (at + 1 >= text.Length || text[at + 1] != '|');
                if (command.Words is ["rem" or "REM" or "Rem", ..] or [['r' or 'R', 'e' or 'E', 'm' or 'M'], ..] && character != '\n') continue;
                commands.Add(command);
                command = new ShellCommand { From = piped ? command : null };
            }
            else if (!quoted && character is ' ' or '\t' or '\r' or ',' or ';') EndWord();
            else if (!quoted && character is '>' or '<')
            {
                EndWord();
                isWrite = character == '>';
            }
            else word.Append(character);
        }

        EndWord();
        commands.Add(command);
        return commands;

        void EndWord()
        {
            if (word.Length == 0 && !any) return;
            if (isWrite) command.Writes.Add(word.ToString());
            else command.Words.Add(word.ToString());
            word.Clear();
            any = isWrite = false;
        }
    }
}
