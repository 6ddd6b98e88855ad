namespace Systemprompt.Governance.Shell;

/// <summary>Finds the command behind those that only start another: <c>sudo -u root env X=1 nohup rm</c> is rm.</summary>
internal static class ShellWords
{
    // The options of each that take a word of their own, and how many words follow before the command.
    private static readonly Dictionary<string, (string Options, int Operands)> Starters = new(StringComparer.Ordinal)
    {
        ["sudo"] = ("-u -g -h -p -C -T -r -t -U -D -R --user --group --host --prompt --chdir", 0), ["doas"] = ("-u -C", 0), ["env"] = ("-u -C --unset --chdir", 0), ["nohup"] = ("", 0), ["setsid"] = ("", 0),
        ["command"] = ("", 0), ["builtin"] = ("", 0), ["exec"] = ("-a", 0), ["time"] = ("-f -o", 0), ["nice"] = ("-n --adjustment", 0), ["ionice"] = ("-c -n -p", 0), ["timeout"] = ("-k -s --signal --kill-after", 1),
        ["stdbuf"] = ("-i -o -e", 0), ["busybox"] = ("", 0), ["toybox"] = ("", 0), ["xargs"] = ("-I -n -P -L -d -a -s -E --max-args --max-procs --delimiter --arg-file", 0), ["watch"] = ("-n -d", 0), ["chroot"] = ("", 1),
        ["flock"] = ("-w -E", 1), ["taskset"] = ("", 1), ["strace"] = ("-o -e -p -s", 0), ["caffeinate"] = ("-t -w", 0), ["unbuffer"] = ("", 0), ["chronic"] = ("", 0), ["fakeroot"] = ("", 0), ["proxychains"] = ("-f", 0),
        ["wsl"] = ("-d -u --distribution --user --cd", 0),
    };

    /// <summary>The command's name without its folder, and its arguments; empty when nothing is started.</summary>
    /// <param name="words">All words of the command.</param>
    /// <param name="overInput">Whether xargs starts it, which adds the words of its input.</param>
    public static IReadOnlyList<string> Unwrap(IReadOnlyList<string> words, out bool overInput)
    {
        overInput = false;
        var at = 0;
        while (at < words.Count && Starters.TryGetValue(Name(words[at]), out var starter))
        {
            overInput |= Name(words[at]) == "xargs";
            var env = Name(words[at]) == "env";
            var options = starter.Options.Split(' ');
            for (at++; at < words.Count; at++)
            {
                var word = words[at];
                if (env && word is "-S" or "--split-string" && at + 1 < words.Count) return [.. words[at + 1].Split(' ', StringSplitOptions.RemoveEmptyEntries), .. words.Skip(at + 2)];
                if (word == "--")
                {
                    at++;
                    break;
                }

                if (word.Length > 1 && word[0] == '-') at += options.Contains(word) ? 1 : 0;
                else if (!IsAssignment(word)) break;
            }

            at += starter.Operands;
        }

        return at >= words.Count ? [] : [Name(words[at]), .. words.Skip(at + 1)];
    }

    private static string Name(string word)
    {
        var name = word[(word.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        return name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
    }

    private static bool IsAssignment(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && word.AsSpan(0, equals).IndexOfAnyExcept(Secrets.Alphabets.Word) < 0;
    }
}
