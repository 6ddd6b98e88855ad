namespace Systemprompt.Governance.Shell;

/// <summary>One simple command of a shell: its words without quotes, where its input comes from, and what it writes to.</summary>
internal sealed class ShellCommand
{
    /// <summary>Stands in a word for what a substitution gives.</summary>
    public const string Unknown = "${}";

    /// <summary>The words, the command's name first; assignments in front of it are left out.</summary>
    public List<string> Words { get; } = [];

    /// <summary>Files that output is redirected to.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The text of a here-document or here-string.</summary>
    public string? Input { get; set; }

    /// <summary>The commands of a substitution or process substitution among the words, each as it stands in the script.</summary>
    public List<ShellCommand> Inner { get; } = [];

    /// <summary>The command whose output this one reads, when a pipe stands between.</summary>
    public ShellCommand? From { get; set; }

    /// <summary>Whether it is no command but an expression of PowerShell: <c>'text' | iex</c>.</summary>
    public bool IsExpression { get; set; }

    /// <summary>What an expression of PowerShell is, or a command of it prints, where that is known.</summary>
    public string? Value { get; set; }

    /// <summary>Whether what it prints was downloaded, once that was looked for: a pipe of many parts is walked once.</summary>
    public bool? IsDownloaded { get; set; }

    /// <summary>Takes the commands of a substitution.</summary>
    /// <returns>What stands in its place: what echo prints is known, of other commands it is not.</returns>
    public string Substitute(List<ShellCommand> commands)
    {
        Inner.AddRange(commands);
        return commands is [{ Value: { } value }] ? value : commands is [{ Words: ["echo", ..] } echo] ? string.Join(' ', echo.Words.Skip(1)) : Unknown;
    }
}

/// <summary>A shell script, flat: every simple command in it, also those of subshells, functions and substitutions.</summary>
internal sealed class ShellScript
{
    private const long MostExpanded = 256 * 1024;
    private long _expanded;

    public List<ShellCommand> Commands { get; } = [];

    /// <summary>Whether a function calls itself twice over a pipe or in the background: a fork bomb.</summary>
    public bool IsForkBomb { get; set; }

    /// <summary>Whether it is nested deeper than anybody writes.</summary>
    public bool IsTooDeep { get; set; }

    /// <summary>
    /// Whether a variable's text may be put in once more. All together they may be so long and no longer: variables that hold variables would double with each line.
    /// What is beyond stays as it is written.
    /// </summary>
    public bool MayExpand(int length) => (_expanded += length) <= MostExpanded;
}
